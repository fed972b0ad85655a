import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import type { ProviderEvent } from "./gateway.ts";

/** The events that make us look at a payment; the only ones that we subscribe to. */
export const neededEvents = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.canceled",
] as const;

export type Arrival = { event: ProviderEvent; source: "webhook" | "cursor" };

/**
 * Stores events raw, each once, before anybody is told that they arrived. An event is only a
 * hint: the payments that the new ones speak of are to be read from Stripe.
 *
 * `fresh` says of each arrival whether it was new.
 */
export async function storeEvents(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  arrivals: readonly Arrival[],
): Promise<{ fresh: boolean[]; hints: Hint[] }> {
  if (arrivals.length === 0) return { fresh: [], hints: [] };
  const events = arrivals.map(({ event }) => event);
  // An event with our stamp but no payment of ours waits: the payment may be about to be
  // restored, or a person must look. One without our stamp is another installation's.
  const { rows } = await sql<{ id: string; paymentId: string | null; waits: boolean }>`
    WITH arrived AS (
      SELECT DISTINCT ON (a.id) a.*, coalesce(
        (SELECT id FROM payments WHERE id = a.stamp AND a.installation = ours.id::text),
        (SELECT id FROM payments WHERE payments.intent_id = a.intent_id)
      ) AS payment_id, a.installation = ours.id::text AS is_ours
      FROM installation AS ours, unnest(
        ${events.map(({ id }) => id)}::text[],
        ${arrivals.map(({ source }) => source)}::text[],
        ${events.map(({ type }) => type)}::text[],
        ${events.map(({ intentId }) => intentId)}::text[],
        ${events.map(({ paymentId }) => uuidOrNull(paymentId))}::uuid[],
        ${events.map(({ installation }) => installation)}::text[],
        ${events.map(({ body }) => body)}::bytea[]
      ) AS a (id, source, type, intent_id, stamp, installation, body)
      ORDER BY a.id
    ), judged AS (
      SELECT *, CASE
        WHEN NOT type = ANY(${neededEvents}::text[]) THEN 'ignored'
        WHEN payment_id IS NOT NULL OR is_ours THEN 'received'
        ELSE 'foreign'
      END AS status FROM arrived
    )
    INSERT INTO webhook_events
      (id, source, type, intent_id, payment_id, body, status, settled_at, due_at)
    SELECT id, source, type, intent_id, payment_id, body, status,
      CASE WHEN status <> 'received' THEN now() END,
      CASE WHEN status = 'received'
        THEN now() + make_interval(secs => ${settings.LEASE_SECONDS}) END
    FROM judged ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, payment_id AS "paymentId", status = 'received' AS waits`.execute(trx);

  const fresh = new Set(rows.map(({ id }) => id));
  const payments = new Set(rows.flatMap(({ paymentId, waits }) => (waits && paymentId) || []));
  return {
    fresh: events.map(({ id }) => fresh.has(id)),
    hints: await syncHints(trx, [...payments]),
  };
}

/** A stamp is whatever somebody wrote into an object's metadata. */
function uuidOrNull(stamp: string | null): string | null {
  return stamp && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(stamp) ? stamp : null;
}

/** Hints to read these payments from Stripe; several events of one payment fold into one. */
export async function syncHints(trx: Trx, paymentIds: readonly string[]): Promise<Hint[]> {
  if (paymentIds.length === 0) return [];
  const { rows } = await sql<{ id: string; version: number; round: number; order: string }>`
    SELECT payments.id, payments.version, payments.round, orders.number AS "order"
    FROM payments JOIN orders ON orders.id = payments.order_id
    WHERE payments.id = ANY(${paymentIds}::uuid[])`.execute(trx);
  return rows.map((row) => ({ queue: "status", kind: "sync_payment", ...row }));
}
