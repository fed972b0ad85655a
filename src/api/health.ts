import type { OpenAPIHono } from "@hono/zod-openapi";
import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { pendingMigrations } from "../db/migrate.ts";
import { sharedAnswer } from "../queues/shared-answer.ts";
import type { Pulse } from "./deadline.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";

/** Without a beat of the sweeper for so long, a person should look. */
const sweeperAlarmSeconds = 30;
/** Anybody may ask: however many do, the database is asked once a second. */
const lagIsFreshMs = 1_000;

/** Whether the process lives (/livez), and whether it can do its work (/readyz). */
export function addHealth(app: OpenAPIHono<ApiEnv>, parts: ApiParts, pulse: Pulse): void {
  const migrations = migrationWatch(parts.healthDb);
  const lag = sharedAnswer(lagIsFreshMs, () => readLag(parts.healthDb));

  app.get("/livez", (c) => c.json({ status: "alive" }));

  app.get("/readyz", async (c) => {
    const redis = parts.isRedisReady() ? "ready" : "away; orders are accepted all the same";
    if (!(await pulse())) {
      return c.json({ status: "unavailable", postgresql: "does not answer", redis }, 503);
    }
    const pending = await migrations();
    if (pending.length > 0) {
      return c.json({ status: "unavailable", postgresql: "ready", redis, pending }, 503);
    }
    const { overdueSeconds, beatSeconds, stopped } = await lag();
    const alarm = beatSeconds === null || beatSeconds > sweeperAlarmSeconds;
    return c.json({
      status: "ready",
      postgresql: "ready",
      redis,
      stripeWrites: stopped ? "stopped; see npm run installation -- show" : "allowed",
      oldestOverdueSeconds: overdueSeconds,
      sweeper: { lastBeatSeconds: beatSeconds, alarm },
    });
  });
}

/** Migrations are never undone: once none is pending, nobody needs to ask again. */
function migrationWatch(db: Db): () => Promise<string[]> {
  let isUpToDate = false;
  return async () => {
    if (isUpToDate) return [];
    const pending = await pendingMigrations(db);
    isUpToDate = pending.length === 0;
    return pending;
  };
}

/** `stopped`: nothing may be written to Stripe until an operator has decided. */
type Lag = { overdueSeconds: number; beatSeconds: number | null; stopped: boolean };

/** How long the oldest row has waited beyond its time, and how long the sweeper has been silent. */
async function readLag(db: Db): Promise<Lag> {
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
