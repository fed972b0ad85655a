import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { nowAsText } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Closing } from "./lifecycle.ts";

/** One order that is to be closed, locked by the caller. */
export type Closable = {
  id: string;
  number: string;
  closing: Closing | null;
  due: boolean;
  /** Held since HOLD_MAX, or a person has decided what becomes of money that did not match. */
  heldTooLong: boolean;
  /** The payment whose secret somebody has, or null: then nobody can pay. */
  paymentId: string | null;
  paymentStatus: string | null;
  method: string | null;
  processingSeconds: number | null;
  intentId: string | null;
  /** Stripe was asked for an intent, and has not answered yet. */
  starting: boolean;
  /** Money was captured that does not match the order. */
  mismatched: boolean;
  observedAt: string;
  tryNumber: number;
  lastError: string | null;
};

const hasCaptured = sql<boolean>`EXISTS (
  SELECT FROM payments WHERE order_id = orders.id AND payments.status = 'captured'
)`;

/** Locks the orders that await payment, and reads what closing them needs to know. */
export async function lockClosable(
  trx: Trx,
  settings: Pick<Settings, "HOLD_MAX_MINUTES">,
  orderIds: readonly string[],
): Promise<Closable[]> {
  if (orderIds.length === 0) return [];
  await sql`
    SELECT id FROM orders WHERE id = ANY(${orderIds}::uuid[]) AND status = 'awaiting_payment'
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees what was committed while the locks were waited for.
  const { rows } = await sql<Closable>`
    SELECT orders.id, number, closing, expires_at <= now() AS due,
      held_at + make_interval(secs => ${settings.HOLD_MAX_MINUTES * 60}) <= now()
        OR (closing IS NOT NULL AND ${hasCaptured} AND EXISTS (
          SELECT FROM order_events AS e WHERE e.order_id = orders.id AND event = 'closing'
            AND (detail ? 'released' OR detail ? 'because')
        )) AS "heldTooLong",
      open.id AS "paymentId", open.status AS "paymentStatus", open.intent_id AS "intentId",
      open.method, extract(epoch FROM now() - open.processing_since)::double precision
        AS "processingSeconds",
      orders.round + 1 AS "tryNumber", orders.last_error AS "lastError",
      ${nowAsText} AS "observedAt",
      EXISTS (SELECT FROM payments WHERE order_id = orders.id AND status = 'created'
        AND asked_at IS NOT NULL) AS starting,
      ${hasCaptured} AS mismatched
    FROM orders LEFT JOIN payments AS open ON open.order_id = orders.id
      AND open.secret_stored_at IS NOT NULL
      AND open.status IN ('pending', 'action_required', 'processing')
    WHERE orders.id = ANY(${orderIds}::uuid[]) AND orders.status = 'awaiting_payment'
    ORDER BY orders.id`.execute(trx);
  return rows;
}
