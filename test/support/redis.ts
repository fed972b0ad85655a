import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { Redis } from "ioredis";
import { afterAll } from "vitest";
import { places } from "../../scripts/world/places.ts";
import { startRedis } from "../../scripts/world/redis.ts";
import { findRedis } from "../../scripts/world/redis-binary.ts";

/** Where a test's queues live: a shared Redis, and a prefix of its own in it. */
export interface TestRedis {
  url: string;
  prefix: string;
}

/** Gives the test file a queue prefix that nobody else has; its keys are removed at the end. */
export function useRedis(): TestRedis {
  const url = testRedisUrl();
  const prefix = `{test-${randomBytes(6).toString("hex")}}`;
  afterAll(() => removeKeys(url, prefix));
  return { url, prefix };
}

/** A Redis that belongs to one test, which may flush, stop or kill it. */
export interface OwnRedis {
  readonly url: string;
  /** The number of its process, for tests that kill it. */
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startOwnRedis(): Promise<OwnRedis> {
  mkdirSync(places.test, { recursive: true });
  const folder = mkdtempSync(path.join(places.test, "redis-"));
  const server = await startRedis(findRedis(process.env["PATH"] ?? ""), folder);
  return {
    url: server.url,
    pid: server.mark.pid,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function testRedisUrl(): string {
  const url = process.env["TEST_REDIS_URL"];
  if (url) return url;
  throw new Error("TEST_REDIS_URL is not set. Run the tests with: npm test [-- files]");
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  redis.on("error", () => undefined); // A test may have left no Redis behind.
  try {
    for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1000 })) {
      if (keys.length > 0) await redis.unlink(...(keys as string[]));
    }
  } finally {
    redis.disconnect();
  }
}
