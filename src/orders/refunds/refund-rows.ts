import { sql } from "kysely";
import { asText } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import { lockOrdersOf } from "../lock-orders.ts";
import type { KnownRefund, RefundChange, RefundedPayment } from "./judge-refund.ts";

/** A refund that is on its way is looked at so often, though no event told of it. */
const pendingSeconds = 3_600;

/** Locks the payments' orders, the payments and their refunds, in this order, and reads them. */
export async function lockRefunds(
  trx: Trx,
  paymentIds: readonly string[],
): Promise<Map<string, RefundedPayment>> {
  await lockOrdersOf(trx, "payments", paymentIds);
  await sql`
    SELECT id FROM payments WHERE id = ANY(${paymentIds}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  type RefundRow = KnownRefund & { paymentId: string };
  const { rows: refunds } = await sql<RefundRow>`
    SELECT id, status, amount_minor AS "amountMinor", currency, reason, stripe_id AS "stripeId",
      ${asText(sql.ref("observed_at"))} AS "observedAt", payment_id AS "paymentId"
    FROM refunds WHERE payment_id = ANY(${paymentIds}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const { rows: payments } = await sql<Omit<RefundedPayment, "refunds">>`
    SELECT payments.id AS "paymentId", orders.id AS "orderId", number AS "orderNumber",
      captured_minor AS "capturedMinor"
    FROM payments JOIN orders ON orders.id = order_id
    WHERE payments.id = ANY(${paymentIds}::uuid[])`.execute(trx);
  return new Map(
    payments.map((payment) => [
      payment.paymentId,
      { ...payment, refunds: refunds.filter(({ paymentId }) => paymentId === payment.paymentId) },
    ]),
  );
}

/** Writes what was seen: new rows for refunds made at Stripe, new statuses for the others. */
export async function saveRefunds(trx: Trx, changes: readonly RefundChange[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    INSERT INTO refunds (id, order_id, payment_id, status, amount_minor, currency, reason, actor,
      stripe_id, failure, observed_at, settled_at, due_at)
    SELECT r.*,
      CASE WHEN r.status IN ('succeeded', 'failed') THEN now() END,
      CASE r.status WHEN 'pending' THEN now() + make_interval(secs => ${pendingSeconds}) END
    FROM unnest(
      ${changes.map(({ row }) => row.id)}::uuid[],
      ${changes.map(({ payment }) => payment.orderId)}::uuid[],
      ${changes.map(({ payment }) => payment.paymentId)}::uuid[],
      ${changes.map(({ status }) => status)}::text[],
      ${changes.map(({ row }) => row.amountMinor)}::bigint[],
      ${changes.map(({ row }) => row.currency)}::text[],
      ${changes.map(({ row }) => row.reason)}::text[],
      ${changes.map(() => "stripe")}::text[],
      ${changes.map(({ stripeId }) => stripeId)}::text[],
      ${changes.map(({ failure }) => failure)}::text[],
      ${changes.map(({ observedAt }) => observedAt)}::timestamptz[]
    ) AS r (id, order_id, payment_id, status, amount_minor, currency, reason, actor, stripe_id,
      failure, observed_at)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, stripe_id = excluded.stripe_id,
      failure = excluded.failure, observed_at = excluded.observed_at,
      settled_at = excluded.settled_at, due_at = excluded.due_at,
      version = refunds.version + 1, round = 0, sweeps = 0, last_error = NULL
    WHERE refunds.payment_id = excluded.payment_id`.execute(trx);
}
