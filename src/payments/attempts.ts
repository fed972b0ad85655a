import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { liveStatuses } from "./lifecycle.ts";

type PayableOrder = { id: string; number: string; currency: string; totalMinor: number };

/** Opens the orders' next payment: the row that stands before Stripe is ever asked. */
export async function openPayments(
  trx: Trx,
  orders: readonly PayableOrder[],
  settings: Pick<Settings, "LEASE_SECONDS">,
): Promise<Hint[]> {
  const ids = orders.map(() => uuidv7());
  await sql`
    INSERT INTO payments (id, order_id, attempt, amount_minor, currency, due_at)
    SELECT o.id, o.order_id, 1 + coalesce(
        (SELECT max(attempt) FROM payments WHERE payments.order_id = o.order_id), 0
      ), o.amount, o.currency,
      ${leased(settings)}
    FROM unnest(
      ${ids}::uuid[],
      ${orders.map((order) => order.id)}::uuid[],
      ${orders.map((order) => order.totalMinor)}::bigint[],
      ${orders.map((order) => order.currency)}::text[]
    ) AS o (id, order_id, amount, currency)
    ORDER BY o.order_id`.execute(trx);
  return orders.map((order, index) => startHint(ids[index] ?? "", 1, order.number));
}

/**
 * Takes back the client secrets of orders that can no longer be paid. A payment that Stripe
 * was never asked for is cancelled here; one that Stripe may know of is looked at by
 * `start_payment`, which cancels what it finds.
 */
export async function dropSecrets(trx: Trx, orderIds: readonly string[]): Promise<Hint[]> {
  const { rows } = await sql<{ id: string; version: number; status: string; number: string }>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM payments
      WHERE order_id = ANY(${orderIds}::uuid[])
        AND (client_secret IS NOT NULL OR status = 'created')
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments SET client_secret = NULL,
      status = CASE
        WHEN payments.status = 'created' AND asked_at IS NULL THEN 'cancelled'
        ELSE payments.status
      END,
      version = payments.version + (payments.status = 'created')::integer,
      due_at = CASE
        WHEN payments.status IN ('pending', 'action_required') AND orders.status = 'paid' THEN now()
        WHEN payments.status <> 'created' THEN payments.due_at
        WHEN asked_at IS NOT NULL THEN now()
      END
    FROM locked, orders
    WHERE payments.id = locked.id AND orders.id = payments.order_id
    RETURNING payments.id, payments.version, payments.status, orders.number`.execute(trx);
  return rows
    .filter(({ status }) => status === "created")
    .map(({ id, version, number }) => startHint(id, version, number));
}

function startHint(id: string, version: number, order: string): Hint {
  return { queue: "payment", kind: "start_payment", id, version, round: 0, order };
}

/** Ends a payment whose intent Stripe does not know: nobody can pay it. */
export async function closeMissing(trx: Trx, paymentId: string): Promise<void> {
  await sql`
    UPDATE payments SET status = 'cancelled', client_secret = NULL, due_at = NULL,
      version = version + 1, round = 0, sweeps = 0,
      last_error = 'Stripe does not know its intent'
    WHERE id = ${paymentId}::uuid AND status = ANY(${liveStatuses}::text[])`.execute(trx);
}
