import { sql } from "kysely";
import { nowAsText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import { uuidOrNull } from "../../payments/inbox.ts";
import type { Intent } from "../../payments/intent.ts";
import { type PaymentStatus, sentRefunds } from "../../payments/lifecycle.ts";

/** What our books say of an intent that bears our stamp. */
export type BookedIntent = {
  intentId: string;
  /** The payment whose intent it is, or null: then it is unknown here. */
  paymentId: string | null;
  orderId: string | null;
  status: PaymentStatus | null;
  capturedMinor: number;
  refundedMinor: number;
  disputed: boolean;
  feeBooked: boolean;
  /** The payment that the stamp names, whatever its intent. */
  stamped: { paymentId: string; status: PaymentStatus; intentId: string | null } | null;
  /** The order that the stamp names, if we know it. */
  stampedOrderId: string | null;
};

/**
 * Looks intents up in our books, a page of Stripe's list at once. `at` is PostgreSQL's time
 * after it: whoever asks Stripe next asks later.
 */
export async function lookUpIntents(
  db: Db,
  intents: readonly Intent[],
): Promise<{ booked: BookedIntent[]; at: string }> {
  const { rows } = await sql<BookedIntent & { at: string }>`
    SELECT i.id AS "intentId", payments.id AS "paymentId", payments.order_id AS "orderId",
      payments.status, coalesce(payments.captured_minor, 0) AS "capturedMinor",
      coalesce((
        SELECT sum(amount_minor) FROM refunds
        WHERE payment_id = payments.id AND provider = 'stripe'
          AND status = ANY(${sentRefunds}::text[])
      ), 0)::bigint AS "refundedMinor",
      EXISTS (SELECT FROM disputes WHERE payment_id = payments.id) AS disputed,
      EXISTS (
        SELECT FROM ledger_entries WHERE movement = 'fee:' || payments.id
      ) AS "feeBooked",
      CASE WHEN named.id IS NOT NULL THEN jsonb_build_object(
        'paymentId', named.id, 'status', named.status, 'intentId', named.intent_id) END AS stamped,
      orders.id AS "stampedOrderId", ${nowAsText} AS at
    FROM unnest(
      ${intents.map(({ id }) => id)}::text[],
      ${intents.map(({ paymentId }) => uuidOrNull(paymentId))}::uuid[],
      ${intents.map(({ orderId }) => uuidOrNull(orderId))}::uuid[]
    ) AS i (id, payment_id, order_id)
    LEFT JOIN payments ON payments.intent_id = i.id
    LEFT JOIN payments AS named ON named.id = i.payment_id AND named.order_id = i.order_id
    LEFT JOIN orders ON orders.id = i.order_id`.execute(db);
  return { booked: rows, at: rows[0]?.at ?? "" };
}
