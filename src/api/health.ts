import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Db } from "../db/connect.ts";
import { silentAfterSeconds } from "../db/heartbeat.ts";
import { readLag } from "../db/lag.ts";
import { pendingMigrations } from "../db/migrate.ts";
import { sharedAnswer } from "../queues/shared-answer.ts";
import type { Pulse } from "./deadline.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";

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
    const alarm = beatSeconds === null || beatSeconds > silentAfterSeconds;
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
