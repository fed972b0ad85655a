import { sql } from "kysely";
import type { Db } from "../../../db/connect.ts";

/**
 * How many payments Aurora found by itself since midnight (UTC) though no webhook told of them:
 * each of them was an order that somebody would have had to look for.
 */
export async function mendedToday(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(DISTINCT payment_id)::integer AS count FROM webhook_events
    WHERE received_at >= date_trunc('day', now(), 'UTC')
      AND source = 'cursor' AND status = 'applied'`.execute(db);
  return rows[0]?.count ?? 0;
}
