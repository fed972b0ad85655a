import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { isOwnOrder } from "../db/own-rows.ts";
import type { Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import type { Hint } from "../queues/hint.ts";
import type { Endpoint } from "./endpoints.ts";
import { givesUp } from "./waits.ts";
import { wakeParked } from "./wake-parked.ts";

/** What happened after the first moment, up to the second. */
export type Range = { after: Date; before: Date; eventTypes: readonly string[] | null };

/** One request replays so many events at most. */
const mostReplayed = 10_000;

type WakeSettings = Pick<Settings, "LEASE_SECONDS" | "WEBHOOK_CONCURRENCY">;

/**
 * How many events of a range an endpoint would be told once more: those of its types.
 *
 * @throws Refused where there are too many for one request
 */
export async function countRange(trx: Trx, endpoint: Endpoint, range: Range): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::integer AS count FROM (
      SELECT FROM (${eventsIn(endpoint, range)}) AS happened LIMIT ${mostReplayed + 1}
    ) AS counted`.execute(trx);
  const count = rows[0]?.count ?? 0;
  if (count <= mostReplayed) return count;
  throw new Refused(
    "replay_too_large",
    `More than ${mostReplayed} events lie in this range. Name a shorter one, and then the next.`,
    [{ field: "before", message: "Must leave a shorter range." }],
  );
}

/**
 * Tells an endpoint once more of what happened, whether it was told before or not: each as a new
 * delivery that points to the old, in the order in which it happened.
 */
export async function replayRange(
  trx: Trx,
  settings: WakeSettings,
  endpoint: Endpoint,
  range: Range,
): Promise<{ count: number; hints: Hint[] }> {
  refuseDisabled(endpoint);
  const count = await countRange(trx, endpoint, range);
  await sql`
    INSERT INTO webhook_deliveries
      (endpoint_id, kind, order_id, seq, replay_of, status, due_at)
    SELECT ${endpoint.id}::uuid, 'replay', order_id, seq, (
        SELECT id FROM webhook_deliveries AS told
        WHERE told.endpoint_id = ${endpoint.id}::uuid AND told.order_id = happened.order_id
          AND told.seq = happened.seq AND told.kind = 'event'
      ), 'parked', now() + ${givesUp}
    FROM (${eventsIn(endpoint, range)}) AS happened ORDER BY at, order_id, seq`.execute(trx);
  return { count, hints: await wake(trx, settings, endpoint) };
}

/** Tells an endpoint of the same event once more, in a new row that points to the first. */
export async function replayDelivery(
  trx: Trx,
  settings: WakeSettings,
  endpoint: Endpoint,
  deliveryId: string,
): Promise<{ id: string; hints: Hint[] }> {
  refuseDisabled(endpoint);
  const { rows } = await sql<{ id: string }>`
    INSERT INTO webhook_deliveries
      (endpoint_id, kind, order_id, seq, replay_of, status, due_at)
    SELECT endpoint_id, 'replay', order_id, seq, coalesce(replay_of, id), 'parked',
      now() + ${givesUp}
    FROM webhook_deliveries
    WHERE id = ${deliveryId}::uuid AND endpoint_id = ${endpoint.id}::uuid AND kind <> 'test'
    RETURNING id`.execute(trx);
  if (rows[0]) return { id: rows[0].id, hints: await wake(trx, settings, endpoint) };
  throw new Refused("delivery_not_found", "The endpoint has no such delivery. Look at its log.");
}

/** Sends an endpoint a trial that tells of no order: once, and though it may be failing. */
export async function sendTest(
  trx: Trx,
  endpoint: Endpoint,
  id: string,
): Promise<{ hints: Hint[] }> {
  refuseDisabled(endpoint);
  await sql`
    INSERT INTO webhook_deliveries (id, endpoint_id, kind, status, due_at)
    VALUES (${id}::uuid, ${endpoint.id}::uuid, 'test', 'pending', now())`.execute(trx);
  const place = { kind: "deliver", version: 1, round: 0, order: null };
  return { hints: [{ queue: "notification", id, ...place }] };
}

/** A failing endpoint is asked by its own clock. */
function wake(trx: Trx, settings: WakeSettings, { id, status }: Endpoint): Promise<Hint[]> {
  const places = status === "enabled" ? settings.WEBHOOK_CONCURRENCY : 0;
  return wakeParked(trx, settings, new Map([[id, places]]));
}

function eventsIn({ shopId, eventTypes: own }: Endpoint, { after, before, eventTypes }: Range) {
  return sql`
    SELECT order_id, seq, at FROM order_events
    JOIN orders ON orders.id = order_id AND ${isOwnOrder}
    WHERE order_events.shop_id = ${shopId}::uuid AND at > ${after} AND at <= ${before}
      AND (${own}::text[] IS NULL OR event = ANY(${own}::text[]))
      AND (${eventTypes}::text[] IS NULL OR event = ANY(${eventTypes}::text[]))`;
}

function refuseDisabled({ status }: Endpoint): void {
  if (status !== "disabled") return;
  throw new Refused("endpoint_disabled", "The endpoint is disabled. Enable it first.");
}
