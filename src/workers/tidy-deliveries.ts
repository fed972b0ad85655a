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

/** Drops what still waits for endpoints that are told nothing any more, as its index has it. */
export function dropUnheard({ db }: HouseMeans): Page {
  return async () => {
    const { numAffectedRows = 0n } = await sql`
      UPDATE webhook_deliveries SET status = 'dropped', due_at = NULL, ended_at = now(),
        reason = coalesce(reason, 'The endpoint was disabled or deleted.')
      WHERE ctid = ANY(ARRAY(
        SELECT next.place FROM webhook_endpoints AS e
        CROSS JOIN unnest(ARRAY['pending', 'parked']) AS waiting (status)
        CROSS JOIN LATERAL (
          SELECT d.ctid AS place FROM webhook_deliveries AS d
          WHERE d.endpoint_id = e.id AND d.status = waiting.status AND d.due_at IS NOT NULL
          ORDER BY d.kind, d.tries, d.nr LIMIT ${pageSize} FOR NO KEY UPDATE SKIP LOCKED
        ) AS next
        WHERE e.status IN ('disabled', 'deleted') LIMIT ${pageSize}
      ))`.execute(db);
    return { count: Number(numAffectedRows), isMore: Number(numAffectedRows) === pageSize };
  };
}
