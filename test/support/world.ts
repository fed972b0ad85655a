import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { places } from "../../scripts/world/places.ts";
import { startWorld, type World } from "../../scripts/world/world.ts";
import { createDatabase } from "./database.ts";
import { testRedisUrl } from "./redis.ts";

/** Times shortened so that what takes minutes in production takes seconds in a test. */
const shortTimes = {
  EVENT_POLL_SECONDS: "1",
  WEBHOOK_SILENCE_SECONDS: "2",
  EXPIRY_BUCKET_SECONDS: "1",
  LEASE_SECONDS: "2",
  SWEEP_SECONDS: "0.5",
  JOB_LOCK_SECONDS: "3",
  STALLED_SECONDS: "1",
  BACKOFF_SECONDS: "1,2,4",
  QUICK_RETRY_SECONDS: "0.1",
} as const;

/**
 * All of Aurora as separate processes, for one test: a database of its own, a queue prefix of
 * its own (or a Redis of its own, by redisUrl), stand-ins of its own, free ports, short times.
 */
export async function startTestWorld(
  wishes: {
    processes?: readonly string[];
    settings?: Record<string, string>;
    redisUrl?: string;
    switchboard?: boolean;
  } = {},
): Promise<World> {
  mkdirSync(places.test, { recursive: true });
  const folder = mkdtempSync(path.join(places.test, "world-"));
  const database = await createDatabase();
  const clear = async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const world = await startWorld({
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: database.url,
        REDIS_URL: wishes.redisUrl ?? testRedisUrl(),
        LOG_FORMAT: "json",
      },
      folder,
      migrate: false,
      switchboard: wishes.switchboard ?? false,
      ...(wishes.processes && { processes: wishes.processes }),
      settings: {
        ...shortTimes,
        QUEUE_PREFIX: `{test-${randomBytes(6).toString("hex")}}`,
        ...wishes.settings,
      },
    });
    return { ...world, stop: () => world.stop().then(clear) };
  } catch (error) {
    await clear();
    throw error;
  }
}
