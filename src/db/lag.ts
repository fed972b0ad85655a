import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** `stopped`: nothing may be written to Stripe until an operator has decided. */
export type Lag = { overdueSeconds: number; beatSeconds: number | null; stopped: boolean };

/** How long the oldest row has waited beyond its time, and how long the sweeper has been silent. */
export async function readLag(db: Db): Promise<Lag> {
  const { rows } = await sql<Lag>`
    SELECT greatest(0, round(extract(epoch FROM now() - least(
        (SELECT min(due_at) FROM orders WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM payments WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM refunds WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM disputes WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM breaks WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM webhook_events WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM notifications WHERE due_at IS NOT NULL),
        (SELECT min(due_at) FROM stripe_cursors), now()
      ))::numeric, 1))::float8 AS "overdueSeconds",
      (SELECT round(extract(epoch FROM now() - max(at))::numeric, 1)::float8 FROM heartbeats
        WHERE role = 'sweeper') AS "beatSeconds",
      EXISTS (SELECT FROM installation WHERE stopped_because IS NOT NULL) AS stopped`.execute(db);
  return rows[0] ?? { overdueSeconds: 0, beatSeconds: null, stopped: false };
}
