import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { Advanced } from "../advance.ts";
import { bySku, readSale, worthOf } from "./refund-lines.ts";
import { findPayment } from "./refundable-payment.ts";
import { requestRefunds } from "./request-refunds.ts";
import { owedFor, type RefundLine } from "./worth.ts";

/** Goods that the customer does not get, or gave back, and whose money goes back therefore. */
export type UnwantedGoods = {
  orderId: string;
  shopId: string;
  lines: readonly RefundLine[];
  reason: "lines_cancelled" | "returned";
  /** What is meant, once: the same intention again is the same refund. */
  intention: string;
  note: string | null;
  actor: string;
};

/** `refundId` is null where nothing was left to give back. */
export type GoodsRefund = { refundId: string | null; refundMinor: number };

/**
 * Asks back what goods are worth: their price with their share of discounts and taxes, without
 * shipping. What of them was refunded before does not go back again, and never more than is left
 * of the payment.
 */
export async function refundGoods(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  { orderId, shopId, lines, reason, intention, note, actor }: UnwantedGoods,
): Promise<(GoodsRefund & Advanced) | Refused> {
  const nothing = { refundId: null, refundMinor: 0, moved: [], hints: [] };
  const payment = await findPayment(trx, { orderId, shopId, paymentId: null });
  if (payment instanceof Refused) return payment;
  const { paymentId, orderNumber, leftMinor } = payment;
  const owed = owedFor(await readSale(trx, orderId), bySku(lines));
  const amountMinor = Math.min(worthOf(owed), leftMinor);
  if (amountMinor <= 0) return nothing;

  const place = { orderId, orderNumber, paymentId };
  const about = { reason, note, intention, actor };
  const wanted = { ...place, ...about, amountMinor, lines: owed };
  const { results, ...change } = await requestRefunds(trx, settings, [wanted]);
  const [made] = results;
  if (made instanceof Refused) return withoutRefund(made);
  if (!made) return nothing;
  return { refundId: made.id, refundMinor: made.amountMinor, moved: [], ...change };
}

/** What stands in the way is the money: without it the goods can go their way all the same. */
function withoutRefund({ code, message }: Refused): Refused {
  return new Refused(code, `${message} Or say refund: none.`, [
    { field: "refund", message: "Must be none." },
  ]);
}
