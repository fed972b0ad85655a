import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { reserveStock } from "../../inventory/reserve.ts";
import { type Advanced, advance, together } from "../advance.ts";
import { requestRefunds } from "../refunds/request-refunds.ts";
import { type OwnReason, type WantedRefund, wholeRefund } from "../refunds/wanted-refund.ts";
import { readDemands } from "../reserve-orders.ts";
import type { Verdict } from "./judge-intent.ts";

/**
 * Settles money that came where it was no longer expected, without a person: an order that ended
 * is brought back to life where all its goods can be held again; all other money goes back in full.
 */
export async function settleLateMoney(
  trx: Trx,
  settings: Settings,
  verdicts: readonly Verdict[],
  actor: string,
): Promise<Advanced> {
  if (!verdicts.some(({ revive, refund }) => revive || refund)) return together();
  const late = verdicts.filter(({ revive }) => revive).sort(byOrder);
  const demands = await readDemands(
    trx,
    late.map(({ row }) => row.orderId),
  );
  const { held, short } = await reserveStock(trx, demands, actor);
  const revived = await advance(
    trx,
    settings,
    "revived",
    held.map((orderId) => ({ orderId, detail: { revived: true } })),
    actor,
  );
  const missed = new Set(short.map(({ orderId }) => orderId));
  const back = verdicts.flatMap((verdict): WantedRefund[] => {
    const reason = missed.has(verdict.row.orderId) && verdict.revive ? "late_money" : null;
    return refundOf(verdict, verdict.refund ?? reason, actor);
  });
  const refunds = await requestRefunds(trx, settings, back);
  return together(revived, { moved: [], ...refunds });
}

function refundOf({ row }: Verdict, reason: OwnReason | null, actor: string): WantedRefund[] {
  return reason === null ? [] : [wholeRefund(row, reason, actor)];
}

function byOrder(one: Verdict, other: Verdict): number {
  return one.row.orderId < other.row.orderId ? -1 : 1;
}
