import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { Advanced } from "../advance.ts";
import { notYetRefunded, type RefundLine } from "./refund-lines.ts";
import { findPayment } from "./refundable-payment.ts";
import { requestRefunds } from "./request-refunds.ts";

/** Goods that the customer does not get, or gave back, and whose price goes back therefore. */
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
 * Asks back what goods cost: their price, without shipping, discounts and taxes. What of it was
 * refunded before does not go back again, and never more than is left of the payment.
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
  const owed = await notYetRefunded(trx, orderId, lines);
  const amountMinor = Math.min(owed.costMinor, leftMinor);
  if (amountMinor <= 0) return nothing;

  const place = { orderId, orderNumber, paymentId };
  const about = { reason, note, intention, actor };
  const wanted = { ...place, ...about, amountMinor, lines: owed.lines };
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
