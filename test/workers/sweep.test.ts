import { type ConnectionOptions, UnrecoverableError, Worker } from "bullmq";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { NotYet } from "../../src/errors.ts";
import { jobIdOf } from "../../src/queues/hint.ts";
import { waitingTables } from "../../src/queues/waiting-rows.ts";
import { postponer } from "../../src/workers/postpone.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { runSweeper } from "../../src/workers/sweeper.ts";
import { openShop } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { useQueues } from "./queue-desk.ts";

const crowd = 20_000;
/** With a lease of 6 s that doubles, a row is swept so often in its first minute and a half. */
const sweepsOfAMinute = 4;

const desk = useQueues();
const orders = waitingTables[0] as (typeof waitingTables)[number];
const queue = () => desk.hints.queue("reservation");

beforeAll(async () => {
  const shop = await openShop(desk.db);
  await sql`
    INSERT INTO orders (id, shop_id, number, status, version, currency, total_minor, locale,
      expires_at, due_at)
    SELECT gen_random_uuid(), ${shop.id}, 'N-' || n, 'reserving', 2, 'gbp', 100, 'en',
      now() + interval '1 hour', now()
    FROM generate_series(1, ${crowd}) AS n`.execute(desk.db);
  await sql`ANALYZE orders`.execute(desk.db);
});

/** Turns the clock on: whatever waits for its lease is overdue. */
async function leasesEnd(): Promise<void> {
  await sql`UPDATE orders SET due_at = now() WHERE due_at IS NOT NULL`.execute(desk.db);
}

async function totalJobs(): Promise<number> {
  const counts = await queue().getJobCounts();
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Hints are sent without waiting: what was sent before has arrived when a later job has. */
async function untilAllHaveArrived(): Promise<void> {
  await queue().add("reserve", {}, { jobId: "the-last" });
  await queue().remove("the-last");
}

async function rowOf(id: string) {
  return await desk.db
    .selectFrom("orders")
    .select(["round", "sweeps"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
}

/** Postpones one that never failed for a minute, as a job that is told to come back does. */
async function tellToWait(): Promise<string> {
  const { id } = await desk.db
    .selectFrom("orders")
    .select("id")
    .where("round", "=", 0)
    .limit(1)
    .executeTakeFirstOrThrow();
  const told = new NotYet("stripe_no_slot", "More requests wait than Stripe may get.", 60);
  await postponer(desk.db, desk.settings)({ kind: "reserve", id }, told);
  return id;
}

/** Works the one job, in vain, so that it stands in the failed set. */
async function fail(id: string): Promise<void> {
  const job = await queue().getJob(jobOf(id, 0));
  // The next one to be taken, so that the others go on waiting.
  await job?.changePriority({ lifo: true });
  const worker = new Worker("reservation", undefined, {
    connection: desk.redis.options as ConnectionOptions,
    prefix: desk.settings.QUEUE_PREFIX,
  });
  const taken = await worker.getNextJob("token");
  expect(taken?.id).toBe(job?.id);
  await taken?.moveToFailed(new UnrecoverableError("it was told to"), "token", false);
  await worker.close();
}

function jobOf(id: string, round: number): string {
  return jobIdOf({ kind: "reserve", id, version: 2, round });
}

describe("the sweeper", () => {
  test("sweeping 20,000 waiting jobs for a minute grows the queue by at most 5 %", async () => {
    expect(await sweepDue(desk, orders)).toBe(crowd);
    await untilAllHaveArrived();
    expect(await totalJobs()).toBe(crowd);
    for (let sweep = 0; sweep < sweepsOfAMinute; sweep++) {
      await leasesEnd();
      expect(await sweepDue(desk, orders)).toBe(crowd);
    }
    await untilAllHaveArrived();
    expect(await totalJobs()).toBeLessThanOrEqual(crowd * 1.05);
  }, 60_000);

  test("gives a job in the failed set a new round, and doubles none that waits", async () => {
    const [failed, waiting] = await desk.db.selectFrom("orders").select("id").limit(2).execute();
    if (!failed || !waiting) throw new Error("There are no orders.");
    await fail(failed.id);
    await leasesEnd();
    await sweepDue(desk, orders);
    await untilAllHaveArrived();
    expect((await rowOf(failed.id)).round).toBe(1);
    expect(await queue().getJobState(jobOf(failed.id, 1))).toBe("waiting");
    expect((await rowOf(waiting.id)).round).toBe(0);
    expect(await queue().getJobState(jobOf(waiting.id, 0))).toBe("waiting");
    expect(await totalJobs()).toBe(crowd + 1);
  }, 30_000);

  test("moves a row's clock on by a lease that doubles, up to five minutes", async () => {
    const { rows } = await sql<{ sweeps: number; seconds: number }>`
      SELECT DISTINCT sweeps,
        round(extract(epoch FROM due_at - now()) / 10)::integer * 10 AS seconds
      FROM orders`.execute(desk.db);
    // Six sweeps: 6 s, 12 s, 24 s, 48 s, 96 s, 192 s.
    expect(rows).toEqual([{ sweeps: 6, seconds: 190 }]);
    await leasesEnd();
    await sweepDue(desk, orders);
    const { rows: last } = await sql<{ seconds: number }>`
      SELECT max(extract(epoch FROM due_at - now()))::float8 AS seconds FROM orders`.execute(
      desk.db,
    );
    expect(last[0]?.seconds).toBeGreaterThan(280);
    expect(last[0]?.seconds).toBeLessThanOrEqual(300);
  }, 30_000);

  test("brings everything back at once when Redis has forgotten, due or not", async () => {
    const { count } = await desk.db
      .selectFrom("orders")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("due_at", ">", new Date())
      .executeTakeFirstOrThrow();
    expect(count).toBe(crowd);
    // One stands in Stripe's line: no job of it was lost, and it comes at its place.
    const told = await tellToWait();
    await queue().obliterate({ force: true });
    await desk.redis.del(`${desk.settings.QUEUE_PREFIX}:epoch`);

    const sweeper = runSweeper(desk);
    try {
      await waitFor("all jobs", async () => (await totalJobs()) >= crowd - 1 || undefined, {
        timeoutMs: 20_000,
      });
    } finally {
      await sweeper.stop();
    }
    await untilAllHaveArrived();
    expect(await totalJobs()).toBe(crowd - 1);
    expect(await queue().getJobState(jobOf(told, 0))).toBe("unknown");
    expect(await desk.redis.get(`${desk.settings.QUEUE_PREFIX}:epoch`)).not.toBeNull();
  }, 40_000);
});
