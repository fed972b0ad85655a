import { type RawBuilder, sql } from "kysely";
import { renewedAt } from "../db/own-rows.ts";
import type { Hint } from "../queues/hint.ts";
import { listeningStatuses } from "./lifecycle.ts";
import { givesUp } from "./waits.ts";

/**
 * Of the row `webhook_endpoints`: it is this installation's own. Whom a copied database tells is
 * told by the installation that was copied.
 */
export const isOwnEndpoint = sql<boolean>`webhook_endpoints.created_at
  >= coalesce(${renewedAt}, '-infinity'::timestamptz)`;

/**
 * The statement that tells endpoints of events: to be a part, named `told`, of the very statement
 * that writes the events. `events` gives shop_id, order_id, seq and event of each.
 *
 * Where nobody listens it finds no endpoint and writes nothing. What a failing endpoint is told
 * waits until that answers again. `dueAt` is when the sweeper may look at the others.
 */
export function tellEndpoints(
  events: RawBuilder<unknown>,
  dueAt: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    INSERT INTO webhook_deliveries (endpoint_id, order_id, seq, status, due_at)
    SELECT webhook_endpoints.id, order_id, seq,
      CASE webhook_endpoints.status WHEN 'failing' THEN 'parked' ELSE 'pending' END,
      CASE webhook_endpoints.status WHEN 'failing' THEN now() + ${givesUp} ELSE ${dueAt} END
    FROM (${events}) AS happened
    JOIN webhook_endpoints ON webhook_endpoints.shop_id = happened.shop_id
    WHERE webhook_endpoints.status = ANY(${listeningStatuses}::text[]) AND ${isOwnEndpoint}
      AND (event_types IS NULL OR happened.event = ANY(event_types))
    ORDER BY order_id, seq, webhook_endpoints.id
    RETURNING webhook_deliveries.id, order_id, status`;
}

/** SQL of the deliveries that `told` has written for an order and that can be sent now. */
export function toldOf(orderId: RawBuilder<unknown>): RawBuilder<string[] | null> {
  return sql`(SELECT array_agg(told.id) FROM told
    WHERE told.order_id = ${orderId} AND told.status = 'pending')`;
}

/** "Look at these deliveries", each at its version. */
export function deliverHints(
  ids: readonly string[] | null,
  order: string | null,
  version = 1,
): Hint[] {
  const place = { queue: "notification", kind: "deliver", version, round: 0, order } as const;
  return (ids ?? []).map((id) => ({ ...place, id }));
}
