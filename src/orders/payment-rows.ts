import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { asText } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import type { Verdict } from "./judge-intent.ts";
import type { Closing, OrderStatus } from "./lifecycle.ts";

/** A payment beside its order, both locked. */
export type PaymentRow = {
  paymentId: string;
  status: PaymentStatus;
  amountMinor: number;
  currency: string;
  intentId: string | null;
  secretStored: boolean;
  observedAt: string | null;
  orderId: string;
  orderNumber: string;
  orderStatus: OrderStatus;
  closing: Closing | null;
};

/** Locks the payments' orders, then the payments, each in key order, and reads both. */
export async function lockForPayments(
  trx: Trx,
  paymentIds: readonly string[],
): Promise<Map<string, PaymentRow>> {
  type OrderRow = { id: string; number: string; status: OrderStatus; closing: Closing | null };
  const { rows: orders } = await sql<OrderRow>`
    SELECT id, number, status, closing FROM orders
    WHERE id IN (SELECT order_id FROM payments WHERE id = ANY(${paymentIds}::uuid[]))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  type Row = Omit<PaymentRow, "orderNumber" | "orderStatus" | "closing">;
  const { rows: payments } = await sql<Row>`
    SELECT id AS "paymentId", status, amount_minor AS "amountMinor", currency,
      intent_id AS "intentId", secret_stored_at IS NOT NULL AS "secretStored",
      ${asText(sql.ref("observed_at"))} AS "observedAt", order_id AS "orderId"
    FROM payments WHERE id = ANY(${paymentIds}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);

  const byId = new Map(orders.map((order) => [order.id, order]));
  return new Map(
    payments.flatMap((payment) => {
      const order = byId.get(payment.orderId);
      if (!order) return [];
      const { number: orderNumber, status: orderStatus, closing } = order;
      return [[payment.paymentId, { ...payment, orderNumber, orderStatus, closing }] as const];
    }),
  );
}

/** A minute's grace after the hold's end: by then the closing has asked Stripe itself. */
const afterExpirySeconds = 60;
/** An asynchronous method is looked at each hour. */
const processingSeconds = 3_600;

/** Writes what the verdicts say about the payments themselves. */
export async function savePayments(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  verdicts: readonly Verdict[],
): Promise<void> {
  const saved = verdicts.filter(({ observed }) => observed);
  if (saved.length === 0) return;
  await sql`
    UPDATE payments SET
      status = s.status, intent_id = s.intent_id, captured_minor = s.captured_minor,
      client_secret = CASE WHEN s.status IN ('captured', 'cancelled') THEN NULL
        ELSE coalesce(s.client_secret, payments.client_secret) END,
      secret_stored_at = CASE WHEN s.client_secret IS NULL THEN secret_stored_at
        ELSE coalesce(secret_stored_at, now()) END,
      observed_at = greatest(payments.observed_at, s.observed_at),
      version = payments.version + s.changed::integer,
      round = CASE WHEN s.changed THEN 0 ELSE payments.round END, sweeps = 0, last_error = NULL,
      due_at = CASE
        WHEN s.status = 'created' THEN now() + make_interval(secs => ${settings.LEASE_SECONDS})
        WHEN s.status = 'processing' THEN now() + make_interval(secs => ${processingSeconds})
        WHEN s.status IN ('pending', 'action_required') THEN
          greatest(orders.expires_at, now()) + make_interval(secs => ${afterExpirySeconds})
      END
    FROM orders, unnest(
      ${saved.map(({ row }) => row.paymentId)}::uuid[],
      ${saved.map(({ next }) => next.status)}::text[],
      ${saved.map(({ next }) => next.intentId)}::text[],
      ${saved.map(({ next }) => next.capturedMinor)}::bigint[],
      ${saved.map(({ next }) => next.clientSecret)}::text[],
      ${saved.map(({ observedAt }) => observedAt)}::timestamptz[],
      ${saved.map(({ changed }) => changed)}::boolean[]
    ) AS s (id, status, intent_id, captured_minor, client_secret, observed_at, changed)
    WHERE payments.id = s.id AND orders.id = payments.order_id`.execute(trx);
}
