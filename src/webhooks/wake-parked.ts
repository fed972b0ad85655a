import { sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { isBehind } from "./claim-deliveries.ts";
import { deliverHints } from "./write-deliveries.ts";

/**
 * Wakes so many of the deliveries that are parked for each endpoint: those that were tried least
 * first, and of those the oldest. What is told once more comes after all that is new.
 */
export async function wakeParked(
  trx: Db | Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  places: ReadonlyMap<string, number>,
): Promise<Hint[]> {
  if (places.size === 0) return [];
  const { rows } = await sql<{ id: string; version: number; order: string | null }>`
    WITH free AS MATERIALIZED (
      SELECT next.id FROM unnest(
        ${[...places.keys()]}::uuid[], ${[...places.values()]}::integer[]
      ) AS endpoint (id, places) CROSS JOIN LATERAL (
        SELECT d.id, d.nr FROM webhook_deliveries AS d
        WHERE d.endpoint_id = endpoint.id AND d.status = 'parked' AND d.due_at IS NOT NULL
          AND NOT ${isBehind("d")}
        ORDER BY d.kind, d.tries, d.nr LIMIT endpoint.places
      ) AS next
    ), locked AS MATERIALIZED (
      SELECT id FROM webhook_deliveries WHERE id IN (SELECT id FROM free) AND status = 'parked'
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE webhook_deliveries AS d SET status = 'pending', ready_at = now(), sweeps = 0,
      version = d.version + 1, due_at = ${leased(settings)}
    FROM locked WHERE d.id = locked.id
    RETURNING d.id, d.version,
      (SELECT number FROM orders WHERE orders.id = d.order_id) AS "order"`.execute(trx);
  return rows.flatMap(({ id, version, order }) => deliverHints([id], order, version));
}
