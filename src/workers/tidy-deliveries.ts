import { sql } from "kysely";
import { wakeParked } from "../webhooks/wake-parked.ts";
import { type HouseMeans, inPages, pageSize } from "./in-pages.ts";

/** What is over stays in the endpoints' logs for so many days. */
const keptDays = 30;

/**
 * What no endpoint's own news moves: wakes what was parked while an endpoint came back, drops what
 * still waits for one that is told nothing any more, and deletes what was over long ago.
 */
export async function tidyDeliveries(means: HouseMeans): Promise<void> {
  const { db, settings, hints, log } = means;
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM webhook_endpoints AS e WHERE status = 'enabled' AND EXISTS (
      SELECT FROM webhook_deliveries AS d
      WHERE d.endpoint_id = e.id AND d.status = 'parked' AND d.due_at IS NOT NULL
    )`.execute(db);
  const places = rows.map(({ id }) => [id, settings.WEBHOOK_CONCURRENCY] as const);
  hints.send(await wakeParked(db, settings, new Map(places)));

  const dropped = await inPages(
    means,
    sql`
    WITH waiting AS MATERIALIZED (
      SELECT d.id FROM webhook_endpoints AS e JOIN webhook_deliveries AS d
        ON d.endpoint_id = e.id AND d.status IN ('pending', 'parked') AND d.due_at IS NOT NULL
      WHERE e.status IN ('disabled', 'deleted')
      ORDER BY d.id LIMIT ${pageSize} FOR NO KEY UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries AS d SET status = 'dropped', due_at = NULL, ended_at = now(),
      reason = coalesce(d.reason, 'The endpoint was disabled or deleted.')
    FROM waiting WHERE d.id = waiting.id`,
  );
  if (dropped > 0) log.warn("webhooks_dropped", { count: dropped });

  await inPages(
    means,
    sql`
    DELETE FROM webhook_deliveries WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM webhook_deliveries
      WHERE ended_at < now() - make_interval(days => ${keptDays})
      ORDER BY ended_at LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    ))`,
  );
}
