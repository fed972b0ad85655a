import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { deliverHints, tellEndpoints, toldOf } from "../webhooks/write-deliveries.ts";
import { journey } from "./journey.ts";
import { type Closing, type OrderEvent, type OrderStatus, transition } from "./lifecycle.ts";
import { clockFor } from "./order-clock.ts";

/** One order that is to be moved, and what its history should say besides the event. */
export type Move = { orderId: string; detail?: Record<string, unknown> };

/** An order that an event has moved, as its effects need it. */
export type MovedOrder = {
  id: string;
  number: string;
  /** The order's version, and the seq of the event that moved it. */
  version: number;
  event: OrderEvent;
  from: OrderStatus;
  to: OrderStatus;
  /** Why its door was being shut before it moved, or null. */
  closing: Closing | null;
  /** Why a person should look at it, or null. */
  attention: string | null;
  /** A person has looked at it, and may have taken the flag down since. */
  wasSettled: boolean;
  /** Its customer pays by a link that is sent as soon as it can be paid. */
  paysByLink: boolean;
  currency: string;
  totalMinor: number;
  expiresAt: Date | null;
  /** What the event says besides. */
  detail: Record<string, unknown>;
};

/** What a change of orders leaves to do after its COMMIT: hints to send, moves to log. */
export type Advanced = { moved: MovedOrder[]; hints: Hint[]; noted?: Noted[] };

/** What was written into an order's history without moving it, for the log. */
export type Noted = {
  orderId: string;
  order: string;
  event: string;
  paymentId?: string;
  intentId?: string | null;
  code?: string;
};

/** Several changes of one transaction as one. */
export function together(...changes: readonly Advanced[]): Advanced {
  return {
    moved: changes.flatMap(({ moved }) => moved),
    hints: changes.flatMap(({ hints }) => hints),
    noted: changes.flatMap(({ noted }) => noted ?? []),
  };
}

/**
 * The one door through which orders change status: the change, its entry in each order's
 * history and its effects, in the caller's transaction.
 *
 * Moves those orders that stand where the event may find them, and answers which they were.
 * An order that has already moved on is left alone: hearing the same news twice is ordinary
 * here, so it is not an error.
 */
export async function advance(
  trx: Trx,
  settings: Settings,
  event: OrderEvent,
  moves: readonly Move[],
  actor: string,
): Promise<Advanced> {
  if (moves.length === 0) return { moved: [], hints: [] };
  const { from, to } = transition(event);
  const clock = clockFor(to, settings);
  const ids = moves.map((move) => move.orderId);
  const details = moves.map((move) => JSON.stringify(move.detail ?? {}));

  // Rows are locked in the order of their ids: two batches that overlap must not wait for each
  // other in a circle.
  const { rows } = await sql<MovedOrder & { told: string[] | null }>`
    WITH wanted AS (
      SELECT * FROM unnest(${ids}::uuid[], ${details}::jsonb[]) AS w (id, detail)
    ), locked AS MATERIALIZED (
      SELECT id, status, closing FROM orders
      WHERE id = ANY(${ids}::uuid[]) AND status = ANY(${from}::text[])
      ORDER BY id FOR NO KEY UPDATE
    ), moved AS (
      UPDATE orders SET status = ${to}, version = version + 1, closing = NULL,
        expires_at = ${clock.expiresAt}, due_at = ${clock.dueAt},
        feed_position = greatest(orders.feed_position, (SELECT feed_now())),
        held_at = CASE WHEN ${to} = 'awaiting_payment' THEN coalesce(orders.held_at, now())
          WHEN ${to} IN ('draft', 'rejected') THEN NULL ELSE orders.held_at END,
        round = 0, sweeps = 0, last_error = NULL
      FROM locked WHERE orders.id = locked.id
      RETURNING orders.*, locked.status AS was, locked.closing AS was_closing
    ), history AS (
      INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor, detail,
        shop_id, feed_position)
      SELECT id, version, ${event}, was, ${to}, ${actor}, wanted.detail, shop_id, feed_position
      FROM moved JOIN wanted USING (id)
    ), told AS (${tellEndpoints(
      sql`SELECT shop_id, id AS order_id, version AS seq, ${event} AS event FROM moved`,
      leased(settings),
    )})
    SELECT id, number, version, ${event} AS event, was AS "from", status AS "to",
      was_closing AS closing, attention, settled_at IS NOT NULL AS "wasSettled",
      pays_by_link AS "paysByLink", currency, total_minor AS "totalMinor",
      expires_at AS "expiresAt", wanted.detail, ${toldOf(sql`id`)} AS told
    FROM moved JOIN wanted USING (id) ORDER BY id`.execute(trx);

  if (rows.length === 0) return { moved: [], hints: [] };
  const moved = rows.map(({ told: _, ...order }): MovedOrder => order);
  const hints = await journey[event](trx, moved, settings, actor);
  const told = rows.flatMap((order) => deliverHints(order.told, order.number));
  return { moved, hints: [...hints, ...told] };
}
