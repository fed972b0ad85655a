import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { Redis } from "ioredis";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDatabase } from "../../scripts/world/databases.ts";
import { places } from "../../scripts/world/places.ts";
import { startPostgres } from "../../scripts/world/postgres.ts";
import type { PrivateServer } from "../../scripts/world/private-server.ts";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { migrateToLatest } from "../../src/db/migrate.ts";
import { type OwnRedis, startOwnRedis } from "../support/redis.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

const orders = 200;
const leastMeanBatch = 8;
const mostStatements = 6;
const mostEvalsha = 16;

/** Times as in production: what happens by the clock is not to be more than it would be there. */
const realTimes = {
  EVENT_POLL_SECONDS: "5",
  WEBHOOK_SILENCE_SECONDS: "30",
  LEASE_SECONDS: "6",
  SWEEP_SECONDS: "1",
  JOB_LOCK_SECONDS: "10",
  STALLED_SECONDS: "5",
};

let folder: string;
let postgres: PrivateServer;
let redis: OwnRedis;
let world: World;
let store: Storefront;
let db: Db;

beforeAll(async () => {
  mkdirSync(places.test, { recursive: true });
  folder = mkdtempSync(path.join(places.test, "postgres-"));
  const wishes = { folder, durable: false, maxConnections: 60 };
  // A server of its own: the library that counts statements must be there from its start.
  postgres = await startPostgres({
    ...wishes,
    settings: { shared_preload_libraries: "pg_stat_statements" },
  });
  const databaseUrl = await ensureDatabase(postgres.url, "aurora");
  await migrateToLatest(databaseUrl, quiet);
  db = connect({ DATABASE_URL: databaseUrl, DATABASE_POOL: 2 }, quiet);
  await sql`CREATE EXTENSION pg_stat_statements`.execute(db);
  redis = await startOwnRedis();
  world = await startTestWorld({
    processes: ["web", "worker"],
    redisUrl: redis.url,
    settings: { ...realTimes, DATABASE_URL: databaseUrl },
  });
  store = await openStorefront({ ...world, databaseUrl });
}, 60_000);
afterAll(async () => {
  await db?.destroy();
  await world?.stop();
  await redis?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Statement = { query: string; calls: number; rows: number };

/** The statements that lead a batch: each counts the items of every batch in its rows. */
const leaders = [
  /^WITH wanted AS .* INSERT INTO idempotency_keys/,
  /^SELECT id, expires_at <= now\(\) AS stale/,
  /^WITH locked AS MATERIALIZED \( SELECT id FROM payments .* asked_at/,
  /^SELECT id AS "paymentId", status, version/,
  /^WITH arrived AS/,
  /^SELECT id, status, intent_id AS "intentId", \(/,
  /^WITH locked AS MATERIALIZED \( SELECT id FROM notifications/,
  /^WITH outcome AS/,
];

async function statements(): Promise<Statement[]> {
  const { rows } = await sql<Statement>`
    SELECT /* test */ regexp_replace(trim(query), '\\s+', ' ', 'g') AS query, calls, rows
    FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query NOT LIKE '%/* test */%' ORDER BY calls DESC`.execute(db);
  return rows;
}

async function evalshas(client: Redis): Promise<number> {
  const stats = await client.info("commandstats");
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

async function sentMessages(): Promise<number> {
  const { rows } = await sql<{ sent: number }>`
    SELECT /* test */ count(*) AS sent FROM notifications WHERE status = 'sent'`.execute(db);
  return rows[0]?.sent ?? 0;
}

// How full batches get depends on what else the machine does: a noisy moment gets another try.
const patience = { timeout: 60_000, retry: 2 };

test("200 concurrent orders go all the way in batches, with few statements", patience, async () => {
  await store.sandbox("POST", "/_sandbox/stripe/auto_pay", { body: { on: true } });
  await store.sell("Batched", 1_000);
  // The first order loads the scripts and the code; it is not counted.
  const { id } = await store.order([{ sku: "Batched", quantity: 1 }]);
  await store.until(id, "paid");
  const before = await waitFor("its messages", async () => {
    const sent = await sentMessages();
    return sent >= 2 && sent % 2 === 0 ? sent : undefined;
  });
  const client = new Redis(redis.url);
  await client.config("RESETSTAT");
  await sql`SELECT pg_stat_statements_reset()`.execute(db);

  await Promise.all(
    Array.from({ length: orders }, () => store.order([{ sku: "Batched", quantity: 1 }])),
  );
  // A mail and a text for each.
  const all = before + orders * 2;
  await waitFor("every message", async () => (await sentMessages()) >= all || undefined, {
    timeoutMs: 30_000,
  });
  const scripts = (await evalshas(client)) / orders;
  client.disconnect();

  const found = await statements();
  const calls = found.reduce((sum, each) => sum + each.calls, 0) / orders;
  const leading = leaders.map((pattern) => found.find(({ query }) => pattern.test(query)));
  const batches = leading.reduce((sum, each) => sum + (each?.calls ?? 0), 0);
  const items = leading.reduce((sum, each) => sum + (each?.rows ?? 0), 0);
  const told = `${calls} statements, ${scripts} EVALSHA an order, mean batch ${items / batches}
${found.map((each) => `${each.calls}\t${each.rows}\t${each.query.slice(0, 110)}`).join("\n")}`;
  expect(
    leading.filter((each) => each === undefined),
    told,
  ).toEqual([]);
  expect(items / batches, told).toBeGreaterThanOrEqual(leastMeanBatch);
  expect(calls, told).toBeLessThanOrEqual(mostStatements);
  expect(scripts, told).toBeLessThanOrEqual(mostEvalsha);
});
