import { Redis } from "ioredis";
import { sql } from "kysely";
import type { BenchWorld } from "../bench-world.ts";
import { type Usage, usageOf } from "./cpu.ts";

/** What everything had used up to a moment, since its start. */
export interface Reading {
  atMs: number;
  usage: Record<string, Usage>;
  postgres: { transactions: number; statements: number; walBytes: number; walImages: number };
  redis: { scripts: number; commands: number };
}

/** Our own processes are the Procfile's, PostgreSQL and Redis; the rest is the outside world. */
export const outside = ["stand-ins", "load"];

/** A page of PostgreSQL: what a full-page image in the WAL takes at most. */
const pageBytes = 8_192;

export interface Meter {
  read(): Promise<Reading>;
  close(): void;
}

export function openMeter(world: BenchWorld): Meter {
  const redis = new Redis(world.redisUrl);
  // Whoever asks it next is told.
  redis.on("error", () => undefined);
  const read = async () => ({
    atMs: performance.now(),
    usage: usageIn(world),
    postgres: await readPostgres(world),
    redis: await readRedis(redis),
  });
  return { read, close: () => redis.disconnect() };
}

function usageIn(world: BenchWorld): Record<string, Usage> {
  const { postgres, redis } = world.marks;
  const pidOf = (name: string) => world.child(name).pid ?? 0;
  const { user, system } = process.cpuUsage();
  return {
    ...Object.fromEntries(world.processes.map((name) => [name, usageOf(pidOf(name))])),
    ...(postgres && { postgres: usageOf(postgres.pid, { children: true }) }),
    ...(redis && { redis: usageOf(redis.pid) }),
    "stand-ins": usageOf(pidOf("sandbox")),
    load: { cpuMs: (user + system) / 1_000, residentMb: process.memoryUsage.rss() / 2 ** 20 },
  };
}

/** BEGIN and COMMIT are counted as transactions; our own reading of the statistics is left out. */
async function readPostgres({ db }: BenchWorld): Promise<Reading["postgres"]> {
  const { rows } = await sql<Reading["postgres"]>`
    SELECT /* meter */
      (SELECT xact_commit + xact_rollback FROM pg_stat_database
        WHERE datname = current_database()) AS transactions,
      (SELECT sum(calls) FROM pg_stat_statements
        JOIN pg_database ON pg_database.oid = dbid AND datname = current_database()
        WHERE query !~* '^(begin|commit|rollback|set|show|start)'
          AND query NOT LIKE '%/* meter */%')::bigint AS statements,
      pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS "walBytes",
      (SELECT wal_fpi FROM pg_stat_wal) AS "walImages"`.execute(db);
  if (!rows[0]) throw new Error("PostgreSQL gave no statistics.");
  return rows[0];
}

async function readRedis(redis: Redis): Promise<Reading["redis"]> {
  const stats = await redis.info("commandstats");
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  const count = (wanted: (name: string) => boolean) =>
    calls.reduce((sum, [, name = "", times]) => sum + (wanted(name) ? Number(times) : 0), 0);
  return { scripts: count((name) => name === "evalsha"), commands: count(() => true) };
}

/** How many connections ours hold to PostgreSQL at this moment. */
export async function connectionsOf({ db }: BenchWorld): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT /* meter */ count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name <> 'aurora bench'
      AND backend_type = 'client backend'`.execute(db);
  return rows[0]?.count ?? 0;
}

/** What one order cost on average between two readings. */
export interface CostPerOrder {
  /** CPU of all that is ours, and of each process. */
  ownCpuMs: number;
  cpuMs: Record<string, number>;
  transactions: number;
  statements: number;
  walBytes: number;
  /** WAL without full-page images: those depend on when the last checkpoint was. */
  walBytesWithoutImages: number;
  redisScripts: number;
  redisCommands: number;
}

export function costPerOrder(before: Reading, after: Reading, orders: number): CostPerOrder {
  const each = (was: number, is: number) => (is - was) / orders;
  const cpuMs = Object.fromEntries(
    Object.entries(after.usage).map(([name, usage]) => [
      name,
      each(before.usage[name]?.cpuMs ?? 0, usage.cpuMs),
    ]),
  );
  const own = Object.entries(cpuMs).filter(([name]) => !outside.includes(name));
  const wal = each(before.postgres.walBytes, after.postgres.walBytes);
  const images = each(before.postgres.walImages, after.postgres.walImages);
  return {
    ownCpuMs: own.reduce((sum, [, ms]) => sum + ms, 0),
    cpuMs,
    transactions: each(before.postgres.transactions, after.postgres.transactions),
    statements: each(before.postgres.statements, after.postgres.statements),
    walBytes: wal,
    walBytesWithoutImages: Math.max(0, wal - images * pageBytes),
    redisScripts: each(before.redis.scripts, after.redis.scripts),
    redisCommands: each(before.redis.commands, after.redis.commands),
  };
}
