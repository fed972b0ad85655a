import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { beat, leaveToOthers } from "../db/heartbeat.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Hints } from "../queues/hints.ts";
import type { Redis } from "../queues/redis.ts";
import { waitingTables } from "../queues/waiting-rows.ts";
import { analyzeGrown } from "./analyze-grown.ts";
import { clearFailedJobs } from "./clear-failed-jobs.ts";
import { keepHouse } from "./house-keeping.ts";
import { turnMilliseconds } from "./in-pages.ts";
import { sweepDue, sweepHinted } from "./sweep.ts";

export type SweeperMeans = {
  db: Db;
  redis: Redis;
  hints: Hints;
  settings: Settings;
  log: Log;
  /** Which process this is, for its heartbeat. */
  instance: string;
};

/** Every so many rounds the sweeper also tidies up. */
const tidyEvery = 10;

/**
 * The owner of stuck work: turns overdue rows into jobs, brings everything back when Redis was
 * lost, clears what is over. Several may run at once. Answers how to stop it.
 */
export function runSweeper(means: SweeperMeans): { stop(): Promise<void> } {
  const { settings, log } = means;
  const stopping = new AbortController();
  const who = { instance: means.instance, role: "sweeper" };
  let houseKeptAt = Number.NEGATIVE_INFINITY;
  let keeping: Promise<void> | null = null;

  async function round(count: number): Promise<void> {
    await beat(means.db, who);
    keepHouseBeside();
    if (means.redis.status !== "ready") return;
    await attempt("heal_lost_redis", () => healLostRedis(means));
    // One table's trouble must not keep the others waiting.
    for (const table of waitingTables) {
      await attempt(`sweep_${table.name}`, () => sweepDue(means, table));
    }
    if (count % tidyEvery !== 0) return;
    await attempt("clear_failed_jobs", () => clearFailedJobs(means));
    await attempt("analyze_grown", () => analyzeGrown(means));
  }

  /** Beside the rounds: where very much is due to go, nothing that waits is to wait for it. */
  function keepHouseBeside(): void {
    if (keeping || performance.now() - houseKeptAt < turnMilliseconds) return;
    houseKeptAt = performance.now();
    keeping = attempt("keep_house", () =>
      keepHouse({ ...means, stopping: stopping.signal }),
    ).finally(() => {
      keeping = null;
    });
  }

  async function attempt(kind: string, step: () => Promise<unknown>): Promise<void> {
    if (stopping.signal.aborted) return;
    await step().catch((error) => log.warn("sweep_failed", { kind, reason: reasonOf(error) }));
  }

  async function run(): Promise<void> {
    for (let count = 0; !stopping.signal.aborted; count++) {
      await attempt("round", () => round(count));
      const { signal } = stopping;
      await delay(settings.SWEEP_SECONDS * 1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      await keeping;
      await leaveToOthers(means.db, who).catch((error) =>
        log.warn("sweep_failed", { kind: "leave", reason: reasonOf(error) }),
      );
    },
  };
}

/** A random value that lives only in Redis: when it is gone, so are the jobs. */
async function healLostRedis(means: SweeperMeans): Promise<void> {
  const { redis, settings, log } = means;
  const key = `${settings.QUEUE_PREFIX}:epoch`;
  if ((await redis.get(key)) !== null) return;
  let count = 0;
  for (const table of waitingTables) {
    const hinted = await sweepHinted(means, table);
    // The cursor waits in a new installation too: it says nothing of what was lost.
    if (table.name !== "stripe_cursors") count += hinted;
  }
  // Set last: a sweeper that dies before this leaves the work to the next one.
  await redis.set(key, randomUUID());
  if (count > 0) log.warn("redis_was_empty", { count });
}
