import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { reserveStock } from "../../inventory/reserve.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { closeKin } from "../close-kin.ts";
import { isSold, type Kin, lockKin } from "../kin.ts";
import { requestRefunds } from "../refunds/request-refunds.ts";
import { type OwnReason, type WantedRefund, wholeRefund } from "../refunds/wanted-refund.ts";
import { readDemands } from "../reserve-orders.ts";
import type { Verdict } from "./judge-intent.ts";

/**
 * Settles money that came where it was no longer expected, without a person: an order that ended
 * is brought back to life where all its goods can be held again; all other money goes back in full.
 * Of an order and its copies one at most lives on: the one that was paid first.
 */
export async function settleLateMoney(
  trx: Trx,
  settings: Settings,
  verdicts: readonly Verdict[],
  actor: string,
): Promise<Advanced> {
  if (!verdicts.some(({ revive, refund }) => revive || refund)) return together();
  const late = verdicts.filter(({ revive }) => revive).sort(byOrder);
  // What was paid a moment ago in this transaction counts.
  const kin = await lockKin(trx, orderIds(late));
  const alone = firstOfKin(orderIds(late), kin);
  const demands = await readDemands(trx, alone);
  const { held, short } = await reserveStock(trx, demands, actor);
  const revived = await advance(
    trx,
    settings,
    "revived",
    held.map((orderId) => ({ orderId, detail: { revived: true } })),
    actor,
  );
  const closed = await closeKin(trx, settings, revived.moved, kin, actor);
  const missed = new Set(short.map(({ orderId }) => orderId));
  const back = verdicts.flatMap((verdict): WantedRefund[] => {
    if (!verdict.revive) return refundOf(verdict, verdict.refund, actor);
    const { orderId } = verdict.row;
    if (!alone.includes(orderId)) return refundOf(verdict, "second_payment", actor);
    return refundOf(verdict, missed.has(orderId) ? "late_money" : null, actor);
  });
  const refunds = await requestRefunds(trx, settings, back);
  return together(revived, closed, { moved: [], ...refunds });
}

/** Those of ended orders whose kin is not paid; of kin that were all paid late, the first. */
function firstOfKin(orderIds: readonly string[], kin: readonly Kin[]): string[] {
  const alone: string[] = [];
  for (const orderId of orderIds) {
    const its = kin.filter(({ of }) => of === orderId);
    if (!its.some((one) => isSold(one) || alone.includes(one.id))) alone.push(orderId);
  }
  return alone;
}

function orderIds(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ row }) => row.orderId);
}

function refundOf({ row }: Verdict, reason: OwnReason | null, actor: string): WantedRefund[] {
  return reason === null ? [] : [wholeRefund(row, reason, actor)];
}

function byOrder(one: Verdict, other: Verdict): number {
  return one.row.orderId < other.row.orderId ? -1 : 1;
}
