import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import type { Observation } from "../payments/intent.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import { type Advanced, advance, together } from "./advance.ts";
import { flag } from "./attention.ts";
import { lookAgainInAnHour } from "./close-orders.ts";
import { tellOfDeclines } from "./decline.ts";
import { judge, type Verdict } from "./judge-intent.ts";
import { lockEndings } from "./lock-endings.ts";
import { lockForPayments, savePayments } from "./payment-rows.ts";
import { remark } from "./remark.ts";
import { settleEvents } from "./settle-events.ts";

/** How a payment stands after an observation was applied. */
export type Applied = {
  paymentId: string;
  status: PaymentStatus;
  intentId: string | null;
  /** Whether the order can still be paid through it. */
  payable: boolean;
  /** Events of this payment came in after the observation: look again. */
  lookAgain: boolean;
};

/** Whose money counts: objects of another installation or mode never move our orders. */
export type Ownership = { installation: string; livemode: boolean };

/**
 * The one door for what Stripe says about payments: what it means for each payment and its
 * order, in one transaction.
 *
 * Captured and cancelled are final; among live states the later observation wins. Money that
 * does not match what the order asks for never makes it paid.
 */
export async function applyIntents(
  trx: Trx,
  settings: Settings,
  ownership: Ownership,
  observations: readonly Observation[],
): Promise<{ applied: Applied[] } & Advanced> {
  const actor = "stripe";
  const rows = await lockForPayments(
    trx,
    observations.map(({ paymentId }) => paymentId),
  );
  const verdicts = observations.flatMap((observation): Verdict[] => {
    const row = rows.get(observation.paymentId);
    return row ? [judge(row, observation, ownership)] : [];
  });

  await savePayments(trx, settings, verdicts);
  await remark(
    trx,
    verdicts.flatMap(({ remarks }) => remarks),
    actor,
  );
  const changes: Advanced[] = [
    { moved: [], hints: await tellOfDeclines(trx, settings, verdicts, actor) },
  ];
  await flag(
    trx,
    verdicts.flatMap(({ attention }) => attention ?? []),
    actor,
  );
  const ending = verdicts.filter(({ move }) => move && move.event !== "payment_captured");
  await lockEndings(
    trx,
    ending.map(({ row }) => row.orderId),
  );
  for (const event of ["payment_captured", "hold_expired", "cancelled"] as const) {
    const moves = verdicts.flatMap(({ move }) => (move?.event === event ? [move] : []));
    changes.push(await advance(trx, settings, event, moves, actor));
  }
  const onItsWay = verdicts.filter(({ row, next }) => row.closing && next.status === "processing");
  await lookAgainInAnHour(
    trx,
    onItsWay.map(({ row }) => row.orderId),
  );
  const unsettled = await settleEvents(trx, observations);
  const applied = verdicts.map((verdict) => appliedOf(verdict, unsettled));
  return { applied, ...together(...changes) };
}

function appliedOf({ row, next, payable }: Verdict, unsettled: Set<string>): Applied {
  return {
    paymentId: row.paymentId,
    status: next.status,
    intentId: next.intentId,
    payable,
    lookAgain: unsettled.has(row.paymentId),
  };
}
