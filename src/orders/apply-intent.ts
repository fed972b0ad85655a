import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import type { Observation } from "../payments/intent.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import { type Advanced, advance, type Noted, together } from "./advance.ts";
import { flag } from "./attention.ts";
import { askAgain, lookAgainInAnHour } from "./close-orders.ts";
import { tellOfDeclines } from "./decline.ts";
import { inBatches, type Means } from "./in-batches.ts";
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
  /** Whether the intent bears our stamp: nothing else is ever cancelled. */
  ours: boolean;
  /** Events of this payment came in after the observation: look again. */
  lookAgain: boolean;
};

/** Whose money counts: objects of another installation or mode never move our orders. */
export type Ownership = { installation: string; livemode: boolean };

/** The door as a process calls it: what several jobs learned is applied in one transaction. */
export function intentDoor(
  means: Means & { settings: Settings; ownership: Ownership },
): (observation: Observation) => Promise<Applied | null> {
  return inBatches(means, async (trx, observations) => {
    const { settings, ownership } = means;
    const { applied, ...advanced } = await applyIntents(trx, settings, ownership, observations);
    return { results: applied, ...advanced };
  });
}

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
): Promise<{ applied: (Applied | null)[] } & Advanced> {
  const actor = "stripe";
  const decisive = foldObservations(observations);
  const rows = await lockForPayments(trx, [...decisive.keys()]);
  const verdicts = [...decisive.values()].flatMap((observation): Verdict[] => {
    const row = rows.get(observation.paymentId);
    return row ? [judge(row, observation, ownership)] : [];
  });

  await savePayments(trx, settings, verdicts);
  await remark(
    trx,
    verdicts.flatMap(({ remarks }) => remarks),
    actor,
  );
  const changes: Advanced[] = [await tellOfDeclines(trx, settings, verdicts, actor)];
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
  const openAgain = verdicts.filter(
    ({ row, next, changed }) => row.closing && changed && isOpen(next),
  );
  const again = await askAgain(
    trx,
    settings,
    openAgain.map(({ row }) => row.orderId),
  );
  const unsettled = await settleEvents(
    trx,
    observations.map(({ intent, ...seen }) => ({ ...seen, intentId: intent.id })),
  );
  const byId = new Map(verdicts.map((verdict) => [verdict.row.paymentId, verdict]));
  const applied = observations.map(({ paymentId }) => {
    const verdict = byId.get(paymentId);
    return verdict ? appliedOf(verdict, unsettled) : null;
  });
  const noted = verdicts.flatMap(notesOf);
  return { applied, ...together(...changes, { moved: [], hints: again, noted }) };
}

/** What the log says of a payment: so that a grep for its order tells the payment's story too. */
function notesOf({ row, next, remarks, attention }: Verdict): Noted[] {
  const { orderId, orderNumber: order, paymentId } = row;
  const about = { orderId, order, paymentId, intentId: next.intentId };
  const notes: Noted[] = remarks.map(({ event }) => ({ ...about, event }));
  if (attention) notes.push({ ...about, event: "attention", code: attention.code });
  return notes;
}

/** A payment that was on its way and failed: its closing order need not wait any longer. */
function isOpen({ status }: Verdict["next"]): boolean {
  return status === "pending" || status === "action_required";
}

function appliedOf({ row, next, ours }: Verdict, unsettled: Set<string>): Applied {
  return {
    paymentId: row.paymentId,
    status: next.status,
    intentId: next.intentId,
    ours,
    lookAgain: unsettled.has(row.paymentId),
  };
}

/**
 * One observation for each payment: what is final, else the latest look. Two of one payment in
 * a batch would both be judged by the same row, and only one of them would be written.
 */
function foldObservations(observations: readonly Observation[]): Map<string, Observation> {
  const decisive = new Map<string, Observation>();
  for (const observation of observations) {
    const known = decisive.get(observation.paymentId);
    if (!known || outweighs(observation, known)) decisive.set(observation.paymentId, observation);
  }
  return decisive;
}

function outweighs(one: Observation, other: Observation): boolean {
  if (isItsOwn(one) !== isItsOwn(other)) return isItsOwn(one);
  if (isFinal(one) !== isFinal(other)) return isFinal(one);
  return one.observedAt > other.observedAt;
}

function isItsOwn({ paymentId, intent }: Observation): boolean {
  return intent.paymentId === paymentId;
}

function isFinal({ intent }: Observation): boolean {
  return intent.status === "captured" || intent.status === "cancelled";
}
