import { Redis } from "ioredis";
import { sql } from "kysely";
import type { Db } from "../../../src/db/connect.ts";
import type { BenchWorld } from "../bench-world.ts";
import { type Usage, usageOf } from "./cpu.ts";

/** What everything had used up to a moment, since its start. */
export interface Reading {
  /** By the clock that V8's profiles know, too. */
  atMicroseconds: number;
  usage: Record<string, Usage>;
  postgres: { transactions: number; statements: number; wal: string };
  redis: { scripts: number; commands: number };
}

/** Our own processes are the Procfile's, PostgreSQL and Redis; the rest is the outside world. */
export const outside = ["stand-ins", "load"];

/** Redis allows no blanks in a connection's name. */
const benchName = "aurora-bench";

export interface Meter {
  read(): Promise<Reading>;
  close(): void;
}

export function openMeter(world: BenchWorld): Meter {
  const redis = new Redis(world.redisUrl, { connectionName: benchName });
  // Whoever asks it next is told.
  redis.on("error", () => undefined);
  const read = async () => ({
    atMicroseconds: Number(process.hrtime.bigint() / 1_000n),
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
    load: { ...usageOf(process.pid), cpuMs: (user + system) / 1_000 },
  };
}

/** The most memory that each process of ours had had until a reading, in MB. */
export function peaksOf({ processes }: BenchWorld, { usage }: Reading): Record<string, number> {
  return Object.fromEntries(processes.map((name) => [name, usage[name]?.peakMb ?? Number.NaN]));
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
      pg_current_wal_flush_lsn()::text AS wal`.execute(db);
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

/** How many connections ours hold at this moment, to PostgreSQL and to Redis. */
export async function connectionsOf({ db, redisUrl }: BenchWorld) {
  const { rows } = await sql<{ count: number }>`
    SELECT /* meter */ count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name <> ${benchName}
      AND backend_type = 'client backend'`.execute(db);
  const redis = new Redis(redisUrl, { connectionName: benchName });
  redis.on("error", () => undefined);
  const clients = String(await redis.client("LIST"))
    .trim()
    .split("\n");
  redis.disconnect();
  const ours = clients.filter((client) => !client.includes(`name=${benchName} `));
  return { connections: rows[0]?.count ?? 0, redisConnections: ours.length };
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

export async function costPerOrder(
  { db }: BenchWorld,
  before: Reading,
  after: Reading,
  orders: number,
): Promise<CostPerOrder> {
  const each = (was: number, is: number) => (is - was) / orders;
  const cpuMs = Object.fromEntries(
    Object.entries(after.usage).map(([name, usage]) => [
      name,
      each(before.usage[name]?.cpuMs ?? 0, usage.cpuMs),
    ]),
  );
  const own = Object.entries(cpuMs).filter(([name]) => !outside.includes(name));
  const wal = await readWal(db, before.postgres.wal, after.postgres.wal);
  return {
    ownCpuMs: own.reduce((sum, [, ms]) => sum + ms, 0),
    cpuMs,
    transactions: each(before.postgres.transactions, after.postgres.transactions),
    statements: each(before.postgres.statements, after.postgres.statements),
    walBytes: (wal.records + wal.images) / orders,
    walBytesWithoutImages: wal.records / orders,
    redisScripts: each(before.redis.scripts, after.redis.scripts),
    redisCommands: each(before.redis.commands, after.redis.commands),
  };
}

/** What stands in the WAL between two places: records, and the images of pages beside them. */
async function readWal(db: Db, from: string, to: string) {
  const { rows } = await sql<{ records: number; images: number }>`
    SELECT /* meter */ sum(record_size)::bigint AS records, sum(fpi_size)::bigint AS images
    FROM pg_get_wal_stats(${from}::pg_lsn, ${to}::pg_lsn)`.execute(db);
  if (!rows[0]) throw new Error("PostgreSQL told nothing of its WAL.");
  return rows[0];
}
