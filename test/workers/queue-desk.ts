import { Redis } from "ioredis";
import { afterAll, beforeAll } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import type { Hint } from "../../src/queues/hint.ts";
import { createHints, type Hints } from "../../src/queues/hints.ts";
import type { SweeperMeans } from "../../src/workers/sweeper.ts";
import { useDatabase } from "../support/database.ts";
import { useRedis } from "../support/redis.ts";
import { quiet, testSettings } from "../support/settings.ts";

/** A database and queues of a test file's own, and what the sweeper and the workers need. */
export type QueueDesk = SweeperMeans & { db: Db; hints: Hints; settings: Settings; redis: Redis };

export function useQueues(changes: Record<string, string | number> = {}): QueueDesk {
  const database = useDatabase();
  const { url, prefix } = useRedis();
  const desk = {} as QueueDesk;
  beforeAll(async () => {
    const settings = testSettings(database.url, { QUEUE_PREFIX: prefix, ...changes });
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    const producer = new Redis(url, { maxRetriesPerRequest: null });
    await Promise.all([redis.ping(), producer.ping()]);
    const db = connect(settings, quiet);
    const hints = createHints(producer, settings, quiet);
    Object.assign(desk, { db, redis, hints, settings, log: quiet, instance: "test" });
  });
  afterAll(async () => {
    await desk.hints?.close();
    desk.redis?.disconnect();
    await desk.db?.destroy();
  });
  return desk;
}

/** What a commit that placed the order sends. */
export function reserveHint(id: string, kind = "reserve"): Hint {
  return { queue: "reservation", kind, id, version: 2, round: 0, order: null };
}
