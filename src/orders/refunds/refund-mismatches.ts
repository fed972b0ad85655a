import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { isOwnPayment } from "../../db/own-rows.ts";
import type { Trx } from "../../db/transaction.ts";
import type { Hint } from "../../queues/hint.ts";
import type { MovedOrder } from "../advance.ts";
import { paidAsAnother } from "../kin.ts";
import { requestRefunds } from "./request-refunds.ts";
import { wholeRefund } from "./wanted-refund.ts";

/**
 * Orders that end, or are paid by another payment, give back what was captured for them and did
 * not match, or came after their kin was paid. What was copied is not ours to give back.
 */
export async function refundMismatches(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  orders: readonly MovedOrder[],
  actor: string,
): Promise<{ orderIds: Set<string>; hints: Hint[] }> {
  type Row = { orderId: string; orderNumber: string; paymentId: string };
  const { rows } = await sql<Row>`
    SELECT orders.id AS "orderId", number AS "orderNumber", payments.id AS "paymentId"
    FROM payments JOIN orders ON orders.id = order_id
    WHERE order_id = ANY(${orders.map(({ id }) => id)}::uuid[]) AND payments.status = 'captured'
      AND (orders.status <> 'paid'
        OR (captured_minor, captured_currency) IS DISTINCT FROM (amount_minor, payments.currency))
      AND ${isOwnPayment}
    ORDER BY payments.id`.execute(trx);
  const twice = orders.filter(({ detail }) => detail["because"] === paidAsAnother);
  const paidTwice = new Set(twice.map(({ id }) => id));
  const wishes = rows.map((row) => {
    const reason = paidTwice.has(row.orderId) ? "second_payment" : "amount_mismatch";
    return wholeRefund(row, reason, actor);
  });
  const { hints } = await requestRefunds(trx, settings, wishes);
  return { orderIds: new Set(rows.map(({ orderId }) => orderId)), hints };
}
