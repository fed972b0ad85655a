import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { disputeColumn, refuseDisputed } from "../disputes/refuse-disputed.ts";
import { moneyLeft } from "./money-left.ts";

export type RefundablePayment = {
  paymentId: string;
  orderNumber: string;
  /** How much of it has not gone back, in minor units. */
  leftMinor: number;
};

/**
 * The order's payment that money is to come back from. Where it is not said (null): one that no
 * bank disputes, Stripe's before others', the one with most left; mostly there is just one.
 */
export async function findPayment(
  trx: Trx,
  {
    orderId,
    shopId,
    paymentId: aim,
  }: { orderId: string; shopId: string; paymentId: string | null },
): Promise<RefundablePayment | Refused> {
  type Row = { paymentId: string | null; orderNumber: string; leftMinor: number };
  const { rows } = await sql<Row & { dispute: "open" | "lost" | null }>`
    SELECT number AS "orderNumber", payments.id AS "paymentId", ${moneyLeft} AS "leftMinor",
      ${disputeColumn} AS dispute
    FROM orders LEFT JOIN payments
      ON payments.order_id = orders.id AND payments.status = 'captured'
      AND (${aim}::uuid IS NULL OR payments.id = ${aim}::uuid)
    WHERE orders.id = ${orderId} AND shop_id = ${shopId}
    ORDER BY ${moneyLeft} > 0 AND ${disputeColumn} IS NULL DESC, ${moneyLeft} > 0 DESC,
      provider = 'stripe' DESC, ${moneyLeft} DESC, attempt LIMIT 1`.execute(trx);
  const [row] = rows;
  if (!row) return new Refused("order_not_found", "There is no such order.");
  const { paymentId, orderNumber, leftMinor, dispute } = row;
  if (paymentId !== null) {
    return refuseDisputed(dispute) ?? { paymentId, orderNumber, leftMinor };
  }
  if (aim === null) return new Refused("order_not_paid", "No money was taken for this order.");
  return new Refused(
    "payment_not_captured",
    "The order has no such payment, or no money of it came. Look at its payments.",
  );
}
