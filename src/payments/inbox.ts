import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { isOwnPayment } from "../db/own-rows.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import type { ProviderEvent } from "./gateway.ts";
import type { EventStatus, EventTopic } from "./lifecycle.ts";

/** The events that make us look; the only ones that we subscribe to. */
export const neededEvents = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.canceled",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
] as const;

/** The payment that an event `a` speaks of: by our stamp on its object, else by its intent. */
export const paymentOfEvent = sql`coalesce(
  (SELECT id FROM payments WHERE id = a.stamp AND a.installation = ours.id::text),
  (SELECT id FROM payments WHERE payments.intent_id = a.intent_id AND ${isOwnPayment}))`;

/**
 * What is to become of an event that was `heard`. One with our stamp but no payment of ours
 * waits: the payment may be about to be restored. One without is another installation's.
 */
export const statusOfEvent = sql`CASE
  WHEN NOT heard.type = ANY(${neededEvents}::text[]) THEN 'ignored'
  WHEN heard.payment_id IS NOT NULL OR heard.is_ours THEN 'received'
  ELSE 'foreign'
END`;

/** That a payment's clock wakes a look at its intent, and not a cancel: its order still waits. */
export const isPayable = sql`EXISTS (
  SELECT FROM orders WHERE orders.id = payments.order_id AND orders.status = 'awaiting_payment'
)`;

/**
 * That a payment's next look stands in Stripe's line: its job was told to come back, and the
 * sweeper has not woken it yet. What an ended order's payment waits for is a cancel, in another
 * line.
 */
export const standsInLine = sql<boolean>`(payments.status <> 'created'
  AND payments.last_error IS NOT NULL AND payments.round = 0 AND payments.sweeps = 0
  AND payments.due_at > now() AND ${isPayable})`;

/** Its place there, or null. The event waits for that look, and asks for no other. */
const placeOfPayment = sql`CASE topic WHEN 'intent' THEN (
  SELECT due_at FROM payments WHERE id = judged.payment_id AND ${standsInLine}
) END`;

/** A stored event, beside the payment that it wants to be read, if any. */
type Stored = {
  eventId: string;
  topic: EventTopic;
  status: EventStatus;
  /** Its payment's next look stands in Stripe's line. */
  inLine: boolean | null;
  /** The payment, its version, its round and its order's number; or nulls. */
  id: string | null;
  version: number;
  round: number;
  order: string | null;
};

export type Arrival = {
  event: ProviderEvent;
  source: "webhook" | "cursor";
  /** What came with a webhook's body, its signature among it. */
  headers?: Record<string, string>;
};

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
  const lease = sql`make_interval(secs => ${settings.LEASE_SECONDS})`;
  const { rows } = await sql<Stored>`
    WITH arrived AS (
      SELECT DISTINCT ON (a.id) a.*, ${paymentOfEvent} AS payment_id,
        a.installation = ours.id::text AS is_ours
      FROM installation AS ours, unnest(
        ${events.map(({ id }) => id)}::text[],
        ${arrivals.map(({ source }) => source)}::text[],
        ${events.map(({ type }) => type)}::text[],
        ${events.map(({ intentId }) => intentId)}::text[],
        ${events.map(({ paymentId }) => uuidOrNull(paymentId))}::uuid[],
        ${events.map(({ installation }) => installation)}::text[],
        ${events.map(({ body }) => body)}::bytea[],
        ${events.map(({ topic }) => topic)}::text[],
        ${arrivals.map(({ headers }) => (headers ? JSON.stringify(headers) : null))}::jsonb[]
      ) AS a (id, source, type, intent_id, stamp, installation, body, topic, headers)
      ORDER BY a.id
    ), judged AS (
      SELECT heard.*, ${statusOfEvent} AS status FROM arrived AS heard
    ), stored AS (
      INSERT INTO webhook_events
        (id, source, type, topic, intent_id, payment_id, status, settled_at, due_at)
      SELECT id, source, type, topic, intent_id, payment_id, status,
        CASE WHEN status <> 'received' THEN now() END,
        CASE WHEN status = 'received'
          THEN greatest(now(), ${placeOfPayment}) + ${lease} END
      FROM judged ORDER BY id
      ON CONFLICT (id) DO NOTHING
      RETURNING id, topic, payment_id, status, due_at > now() + ${lease} AS in_line
    ), kept AS (
      INSERT INTO webhook_bodies (event_id, body, headers)
      SELECT id, body, headers FROM stored JOIN arrived USING (id) ORDER BY id
    )
    SELECT stored.id AS "eventId", stored.topic, stored.status, in_line AS "inLine", payments.id,
      payments.version, payments.round, orders.number AS "order"
    FROM stored
    LEFT JOIN payments ON payments.id = stored.payment_id AND stored.status = 'received'
    LEFT JOIN orders ON orders.id = payments.order_id`.execute(db);

  const fresh = new Set(rows.map(({ eventId }) => eventId));
  return { fresh: events.map(({ id }) => fresh.has(id)), hints: hintsOf(rows) };
}

/** Events of one payment fold into one look at its intent; what is rarer is looked at by itself. */
function hintsOf(rows: readonly Stored[]): Hint[] {
  const hints = new Map<string, Hint>();
  for (const { eventId, topic, status, inLine, id, version, round, order } of rows) {
    if (status !== "received" || inLine) continue;
    if (topic === "intent" && id !== null) {
      hints.set(id, { queue: "status", kind: "sync_payment", id, version, round, order });
    } else {
      const event = { id: eventId, version: 1, round: 0, order };
      hints.set(eventId, { queue: "status", kind: "apply_event", ...event });
    }
  }
  return [...hints.values()];
}

/** A stamp is whatever somebody wrote into an object's metadata. */
export function uuidOrNull(stamp: string | null): string | null {
  return stamp && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(stamp) ? stamp : null;
}
