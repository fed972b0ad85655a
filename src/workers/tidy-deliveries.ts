import { sql } from "kysely";
import { wakeParked } from "../webhooks/wake-parked.ts";
import { type HouseMeans, type Page, pageSize } from "./in-pages.ts";

/** Wakes what was parked while an endpoint came back: no endpoint's own news moves it. */
export async function wakeForgotten({ db, settings, hints }: HouseMeans): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM webhook_endpoints AS e WHERE status = 'enabled' AND EXISTS (
      SELECT FROM webhook_deliveries AS d
      WHERE d.endpoint_id = e.id AND d.status = 'parked' AND d.due_at IS NOT NULL
    )`.execute(db);
  const places = rows.map(({ id }) => [id, settings.WEBHOOK_CONCURRENCY] as const);
  hints.send(await wakeParked(db, settings, new Map(places)));
}

/** Drops what still waits for an endpoint that is told nothing any more. */
export function dropUnheard({ db }: HouseMeans): Page {
  return async () => {
    // Without an order, which would read all that waits for each page: it waits for no lock.
    const { numAffectedRows = 0n } = await sql`
      WITH waiting AS MATERIALIZED (
        SELECT d.id FROM webhook_endpoints AS e JOIN webhook_deliveries AS d
          ON d.endpoint_id = e.id AND d.status IN ('pending', 'parked') AND d.due_at IS NOT NULL
        WHERE e.status IN ('disabled', 'deleted')
        LIMIT ${pageSize} FOR NO KEY UPDATE OF d SKIP LOCKED
      )
      UPDATE webhook_deliveries AS d SET status = 'dropped', due_at = NULL, ended_at = now(),
        reason = coalesce(d.reason, 'The endpoint was disabled or deleted.')
      FROM waiting WHERE d.id = waiting.id`.execute(db);
    return { count: Number(numAffectedRows), isMore: Number(numAffectedRows) === pageSize };
  };
}
