import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import type { Observation } from "../../payments/intent.ts";
import { bookLocked } from "../../payments/ledger.ts";
import type { PaymentStatus } from "../../payments/lifecycle.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { flag } from "../attention.ts";
import { applyEdits } from "../edits/apply-edits.ts";
import { refuseEdits } from "../edits/pending-edits.ts";
import { inBatches, type Means } from "../in-batches.ts";
import { isLiving, lockKin } from "../kin.ts";
import type { OrderEvent } from "../lifecycle.ts";
import { lockEndings } from "../lock-endings.ts";
import { remark } from "../remark.ts";
import { captureMovements } from "./capture-movements.ts";
import { tellOfDeclines } from "./decline.ts";
import { foldObservations } from "./fold-observations.ts";
import { judgeAll, type Ownership, type Verdict } from "./judge-intent.ts";
import { settleLateMoney } from "./late-money.ts";
import { logOf } from "./log-of-verdicts.ts";
import { askAgain, lookAgainInAnHour } from "./look-again.ts";
import { lockForPayments, savePayments } from "./payment-rows.ts";
import { reopenPayments } from "./reopen-payments.ts";
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
 * Captured is final, and so are cancelled and failed as long as no money comes; among live
 * states the later observation wins. Money that does not match what the order asks for never
 * makes it paid.
 */
export async function applyIntents(
  trx: Trx,
  settings: Settings,
  ownership: Ownership,
  observations: readonly Observation[],
): Promise<{ applied: (Applied | null)[] } & Advanced> {
  const actor = "stripe";
  const rows = await lockForPayments(
    trx,
    observations.map(({ paymentId }) => paymentId),
  );
  const decisive = foldObservations(observations, rows);
  const verdicts = judgeAll(rows, decisive, ownership, settings);

  await savePayments(trx, settings, verdicts);
  await bookLocked(trx, verdicts.flatMap(captureMovements));
  await remark(
    trx,
    verdicts.flatMap(({ remarks }) => remarks),
    actor,
  );
  const changes: Advanced[] = [
    await tellOfDeclines(trx, settings, verdicts, actor),
    await moveOrders(trx, settings, verdicts, actor),
    await leaveToDo(trx, settings, verdicts),
  ];
  // Only of what was judged: an event of another intent is looked at by itself.
  const judged = observations.filter(
    ({ paymentId, intent }) => decisive.get(paymentId)?.intent.id === intent.id,
  );
  const unsettled = await settleEvents(
    trx,
    "intent",
    judged.map(({ intent, ...seen }) => ({ ...seen, intentId: intent.id })),
  );
  const byId = new Map(verdicts.map((verdict) => [verdict.row.paymentId, verdict]));
  const applied = observations.map(({ paymentId }) => {
    const verdict = byId.get(paymentId);
    return verdict ? appliedOf(verdict, unsettled) : null;
  });
  const noted = verdicts.flatMap(logOf);
  return { applied, ...together(...changes, { moved: [], hints: [], noted }) };
}

/** Moves that give no goods back. */
const keepsGoods: readonly OrderEvent[] = ["payment_captured", "edited"];

/** What the payments' new states do to their orders. */
async function moveOrders(
  trx: Trx,
  settings: Settings,
  verdicts: readonly Verdict[],
  actor: string,
): Promise<Advanced> {
  await flag(
    trx,
    verdicts.flatMap(({ attention }) => attention ?? []),
    actor,
  );
  await refuseEdits(
    trx,
    settings,
    verdicts.flatMap(({ row: { orderId }, refusesEdit: because }) => {
      return because ? [{ orderId, because }] : [];
    }),
  );
  const ending = verdicts.filter(({ move }) => move && !keepsGoods.includes(move.event));
  const reviving = verdicts.filter(({ revive }) => revive);
  const kin = (await lockKin(trx, orderIds(reviving))).filter(isLiving).map(({ id }) => id);
  await lockEndings(trx, [...orderIds(ending), ...kin], orderIds(reviving));
  const changes: Advanced[] = [];
  for (const event of ["payment_captured", "hold_expired", "cancelled"] as const) {
    const moves = verdicts.flatMap(({ move }) => (move?.event === event ? [move] : []));
    changes.push(await advance(trx, settings, event, moves, actor));
  }
  const edited = verdicts.filter(({ move }) => move?.event === "edited");
  changes.push(await applyEdits(trx, settings, orderIds(edited)));
  changes.push(await settleLateMoney(trx, settings, verdicts, actor));
  changes.push(await reopenPayments(trx, settings, verdicts, actor));
  return together(...changes);
}

/** What is still to be asked of Stripe because of how the payments stand. */
async function leaveToDo(
  trx: Trx,
  settings: Settings,
  verdicts: readonly Verdict[],
): Promise<Advanced> {
  const closing = verdicts.filter(({ row, move }) => row.closing && move === null);
  await lookAgainInAnHour(
    trx,
    settings,
    orderIds(closing.filter(({ next }) => next.status === "processing")),
  );
  // A payment that was on its way and failed: its closing order need not wait any longer.
  const openAgain = closing.filter(({ changed, next }) => changed && isOpen(next));
  const again = await askAgain(trx, settings, orderIds(openAgain));
  const leftOpen = verdicts.filter(({ row, ours, next }) => {
    return row.orderStatus !== "awaiting_payment" && ours && isOpen(next);
  });
  const cancels = leftOpen.map(({ row, changed }) => ({
    ...{ queue: "payment" as const, kind: "cancel_payment", id: row.paymentId },
    ...{ version: row.version + Number(changed), round: row.round, order: row.orderNumber },
  }));
  return { moved: [], hints: [...again, ...cancels] };
}

function isOpen({ status }: Verdict["next"]): boolean {
  return status === "pending" || status === "action_required";
}

function orderIds(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ row }) => row.orderId);
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
