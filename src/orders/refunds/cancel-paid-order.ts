import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { paidElsewhere } from "../../payments/elsewhere.ts";
import { type Advanced, advance, together } from "../advance.ts";
import type { CancelRequest } from "../cancel-order.ts";
import { disputeColumn, refuseDisputed } from "../disputes/refuse-disputed.ts";
import { readGoods } from "../fulfilment/goods.ts";
import { keptOf } from "./kept-money.ts";
import { moneyLeft } from "./money-left.ts";
import { readSale } from "./refund-lines.ts";
import { requestRefunds } from "./request-refunds.ts";
import { wholeRefund } from "./wanted-refund.ts";

type Paid = {
  orderNumber: string;
  paymentId: string;
  /** The customer may still cancel without asking the shop. */
  isFresh: boolean;
  dispute: "open" | "lost" | null;
  /** Where the money is to be found that did not come through Stripe; else null. */
  reference: string | null;
  leftMinor: number;
};

/**
 * Cancels an order that is paid and not shipped: its goods are free again, its money goes back or,
 * where an operator says so, does not. What was kept for goods that were cancelled before stays.
 * Answers null for an order that is not paid. The caller holds the order's lock.
 */
export async function cancelPaid(
  trx: Trx,
  settings: Settings,
  request: Pick<CancelRequest, "orderId" | "actor" | "refund" | "isGuest">,
): Promise<Advanced | Refused | null> {
  const payments = await readPaid(trx, settings, request.orderId);
  if (payments.length === 0) return null;
  const refusal = refuse(request, payments);
  if (refusal) return refusal;

  const { orderId, actor, refund } = request;
  const kept = refund === "full" ? await keptBefore(trx, orderId, payments) : {};
  const wishes = payments.map(({ leftMinor, ...payment }) => {
    const whole = wholeRefund({ orderId, ...payment }, "order_cancelled", actor);
    const stays = kept[payment.paymentId];
    return stays === undefined ? whole : { ...whole, amountMinor: leftMinor - stays };
  });
  const asked = await requestRefunds(trx, settings, refund === "full" ? wishes : []);
  // Nothing left to give back is no reason not to cancel.
  const amounts = asked.results.map((made) => (made instanceof Refused ? 0 : made.amountMinor));
  const refundMinor = refund === "full" ? amounts.reduce((sum, one) => sum + one, 0) : null;
  const isKept = Object.keys(kept).length > 0;
  const moves = [{ orderId, detail: { refund, refundMinor, ...(isKept && { kept }) } }];
  const moved = await advance(trx, settings, "cancelled_after_payment", moves, actor);
  return together(moved, { moved: [], hints: asked.hints, noted: asked.noted });
}

/** What stays of each payment of which something does, by its id. */
async function keptBefore(
  trx: Trx,
  orderId: string,
  payments: readonly Paid[],
): Promise<Record<string, number>> {
  const goods = await readGoods(trx, orderId);
  if (goods.every(({ kept }) => kept === 0)) return {};
  const left = payments.map(({ leftMinor }) => leftMinor);
  const kept = keptOf(await readSale(trx, orderId), goods, left);
  const parts = payments.map(({ paymentId }, index) => [paymentId, kept[index] ?? 0] as const);
  return Object.fromEntries(parts.filter(([, minor]) => minor > 0));
}

async function readPaid(
  trx: Trx,
  settings: Pick<Settings, "SELF_CANCEL_MINUTES">,
  orderId: string,
): Promise<Paid[]> {
  const { rows } = await sql<Paid>`
    SELECT number AS "orderNumber", payments.id AS "paymentId",
      captured_at > now() - make_interval(secs => ${settings.SELF_CANCEL_MINUTES * 60})
        AS "isFresh",
      ${disputeColumn} AS dispute, reference, ${moneyLeft} AS "leftMinor"
    FROM orders JOIN payments ON payments.order_id = orders.id AND payments.status = 'captured'
    WHERE orders.id = ${orderId} AND orders.status = 'paid' ORDER BY payments.id`.execute(trx);
  return rows;
}

function refuse(
  { refund, isGuest }: Pick<CancelRequest, "refund" | "isGuest">,
  payments: readonly Paid[],
): Refused | null {
  if (refund === null) {
    const message = 'The order is paid: say what becomes of its money, such as {"refund": "full"}.';
    return new Refused("order_is_paid", message, [
      { field: "refund", message: "Must be full or none for a paid order." },
    ]);
  }
  if (isGuest && refund === "none") {
    const message = "Customers who cancel get their money back: say refund: full.";
    return new Refused("refund_is_due", message, [{ field: "refund", message: "Must be full." }]);
  }
  if (isGuest && !payments.every(({ isFresh }) => isFresh)) {
    const message = "The time to cancel a paid order by yourself is over. Ask the shop.";
    return new Refused("order_is_paid", message);
  }
  if (refund === "none") return null;
  const elsewhere = payments.find((one) => one.reference !== null && one.leftMinor > 0)?.reference;
  if (elsewhere) return isGuest ? askTheShop() : withoutRefund(elsewhere);
  const disputed = payments.map(({ dispute }) => refuseDisputed(dispute)).find((each) => each);
  // What a bank disputes is between it and the shop.
  if (disputed && isGuest) return askTheShop();
  return disputed ?? null;
}

function askTheShop(): Refused {
  return new Refused("order_is_paid", "This order can't be cancelled here any more. Ask the shop.");
}

function withoutRefund(reference: string): Refused {
  const { code, message } = paidElsewhere(reference);
  const then =
    "An operator puts that on record with a refund; then cancel with refund: full. Or keep it, " +
    "and cancel with refund: none.";
  return new Refused(code, `${message} ${then}`, [
    { field: "refund", message: "Must be none as long as the money was not given back." },
  ]);
}
