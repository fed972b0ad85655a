import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
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

/** A stored event, beside the payment that it wants to be read, if any. */
type Stored = { eventId: string; version: number; round: number; order: string } & {
  id: string | null;
};

export type Arrival = { event: ProviderEvent; source: "webhook" | "cursor" };

/**
 * Stores events raw, each once, before anybody is told that they arrived. An event is only a
 * hint: the payments that the new ones speak of are to be read from Stripe.
 *
 * `fresh` says of each arrival whether it was new.
 */
export async function storeEvents(
  db: Db | Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  arrivals: readonly Arrival[],
): Promise<{ fresh: boolean[]; hints: Hint[] }> {
  if (arrivals.length === 0) return { fresh: [], hints: [] };
  const events = arrivals.map(({ event }) => event);
  // An event with our stamp but no payment of ours waits: the payment may be about to be
  // restored, or a person must look. One without our stamp is another installation's.
  const { rows } = await sql<Stored>`
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
    ), stored AS (
      INSERT INTO webhook_events
        (id, source, type, intent_id, payment_id, body, status, settled_at, due_at)
      SELECT id, source, type, intent_id, payment_id, body, status,
        CASE WHEN status <> 'received' THEN now() END,
        CASE WHEN status = 'received'
          THEN now() + make_interval(secs => ${settings.LEASE_SECONDS}) END
      FROM judged ORDER BY id
      ON CONFLICT (id) DO NOTHING
      RETURNING id, payment_id, status
    )
    SELECT stored.id AS "eventId", payments.id, payments.version, payments.round,
      orders.number AS "order"
    FROM stored
    LEFT JOIN payments ON payments.id = stored.payment_id AND stored.status = 'received'
    LEFT JOIN orders ON orders.id = payments.order_id`.execute(db);

  const fresh = new Set(rows.map(({ eventId }) => eventId));
  // Several events of one payment fold into one hint.
  const payments = new Map(rows.flatMap((row) => (row.id ? [[row.id, row]] : [])));
  return {
    fresh: events.map(({ id }) => fresh.has(id)),
    hints: [...payments].map(([id, { version, round, order }]) => ({
      queue: "status",
      kind: "sync_payment",
      ...{ id, version, round, order },
    })),
  };
}

/** A stamp is whatever somebody wrote into an object's metadata. */
function uuidOrNull(stamp: string | null): string | null {
  return stamp && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(stamp) ? stamp : null;
}
