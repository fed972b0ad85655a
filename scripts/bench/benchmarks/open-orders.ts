import { Redis } from "ioredis";
import { sql } from "kysely";
import { createLog } from "../../../src/log.ts";
import { createHints } from "../../../src/queues/hints.ts";
import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import { openBuyers } from "../load/buyer.ts";
import { usualLines } from "../load/usual-lines.ts";
import { usageOf } from "../measure/cpu.ts";
import { percentilesOf } from "../measure/percentiles.ts";
import { until } from "../measure/until.ts";
import { besideYardsticks, sharesOf } from "../measure/yardsticks.ts";
import { bound, type Result } from "../result.ts";

const clients = 128;
/** A tenth of them falls due in the same second. */
const dueShare = 0.1;
const dueInMs = 3_000;
const reserved = { withinMs: 600_000, pauseMs: 500 };
const ended = { withinMs: 300_000, pauseMs: 500 };

/** Many customers who have not paid yet: what they take, and what it is when many do not. */
export async function openOrders(bench: Bench): Promise<Result> {
  const count = bench.sizes.openOrders;
  // Nobody's hold ends before all are there.
  const settings = { HOLD_MINUTES: "120" };
  return await inBenchWorld(bench, { settings }, async (world) => {
    const { yardstickMs } = bench.pace;
    const place = async () => await placeAll(world, count, bench.say);
    const [placedPerSecond, yardsticks] = await besideYardsticks(world, yardstickMs, place);
    const redisMb = await redisMemoryMb(world);
    const databaseMb = await databaseSizeMb(world);
    const { postgres } = world.marks;
    const postgresMb = postgres ? usageOf(postgres.pid, { children: true }).residentMb : Number.NaN;
    bench.say(`${count} open orders: Redis ${redisMb.toFixed(1)} MB`);
    const due = Math.round(count * dueShare);
    const late = await letExpire(world, due);
    const secondsToEnd = late.max / 1_000;
    const placed = { orders: count, placedPerSecond, ...sharesOf(placedPerSecond, yardsticks) };
    const endedPerSecond = due / secondsToEnd;
    const ended = { orders: due, late, secondsToEnd, endedPerSecond };
    return {
      name: "open-orders",
      title: `${count} open orders, of which ${due} fall due in one second`,
      rows: [
        { label: `${count} open`, figures: { ...placed, redisMb, postgresMb, databaseMb } },
        { label: `${due} due`, figures: { ...ended, ...sharesOf(endedPerSecond, yardsticks) } },
      ],
      bounds: [bound("Redis memory, MB", redisMb, { atMost: 150 })],
    };
  });
}

/** Until each can be paid; answers how many a second became so. */
async function placeAll(
  world: BenchWorld,
  count: number,
  say: (line: string) => void,
): Promise<number> {
  const startedAt = performance.now();
  const buyers = await openBuyers(world, clients);
  let placed = 0;
  const client = async () => {
    while (placed < count) {
      const nr = placed++;
      await buyers.post(usualLines(nr));
      if (nr > 0 && nr % 10_000 === 0) say(`${nr} orders are placed`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  buyers.close();
  await until("every order to be payable", reserved, async () => {
    const { rows } = await sql<{ open: number }>`
      SELECT count(*) AS open FROM payments WHERE status = 'pending'`.execute(world.db);
    return (rows[0]?.open ?? 0) >= count;
  });
  return count / ((performance.now() - startedAt) / 1_000);
}

/** Sets a deadline for so many and answers how late after it each had ended, by its commit. */
async function letExpire(world: BenchWorld, count: number) {
  const deadline = new Date(Date.now() + dueInMs);
  await sql`
    UPDATE orders SET expires_at = ${deadline}, due_at = ${deadline}::timestamptz + interval '6 s'
    WHERE id IN (
      SELECT id FROM orders WHERE status = 'awaiting_payment' ORDER BY id LIMIT ${count}
    )`.execute(world.db);
  await ring(world, deadline);
  await until("all that are due to end", ended, async () => {
    const { rows } = await sql<{ ended: number }>`
      SELECT count(*) AS ended FROM orders WHERE status = 'expired'`.execute(world.db);
    return (rows[0]?.ended ?? 0) >= count;
  });
  const { rows } = await sql<{ at: number }>`
    SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS at
    FROM order_events WHERE event = 'hold_expired'`.execute(world.db);
  return percentilesOf(rows.map(({ at }) => at - deadline.getTime()));
}

/** The bucket's clock, as the reservation of an order with this deadline sets it. */
async function ring({ redisUrl, settings }: BenchWorld, deadline: Date): Promise<void> {
  const redis = new Redis(redisUrl);
  redis.on("error", () => undefined);
  await redis.ping();
  const hints = createHints(
    redis,
    {
      QUEUE_PREFIX: settings["QUEUE_PREFIX"] ?? "",
      QUICK_RETRY_SECONDS: 0.5,
      EXPIRY_BUCKET_SECONDS: 5,
    },
    createLog("bench", { level: "error", format: "pretty" }),
  );
  hints.ringAt(deadline);
  await hints.close();
}

async function redisMemoryMb({ redisUrl }: BenchWorld): Promise<number> {
  const redis = new Redis(redisUrl);
  redis.on("error", () => undefined);
  const memory = await redis.info("memory");
  redis.disconnect();
  return Number(/^used_memory:(\d+)/m.exec(memory)?.[1] ?? Number.NaN) / 2 ** 20;
}

async function databaseSizeMb({ db }: BenchWorld): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT pg_database_size(current_database()) AS bytes`.execute(db);
  return (rows[0]?.bytes ?? Number.NaN) / 2 ** 20;
}
