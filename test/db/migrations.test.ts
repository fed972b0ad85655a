import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import pg from "pg";
import { expect, test } from "vitest";
import type { Db } from "../../src/db/connect.ts";
import { migrateToLatest, pendingMigrations } from "../../src/db/migrate.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import { quiet } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { migrateTo, oldDatabase, oldOrder, oldPayment, openOldShop } from "./old-books.ts";

/** A database before 0021, with an order that ended and one that was paid. */
async function filledDatabase() {
  const { url, db } = await oldDatabase("0001_orders.sql");
  const shopId = await openOldShop(db);
  const paid = await oldOrder(db, shopId, { status: "paid", attention: null });
  await oldPayment(db, paid, { attempt: 1, status: "captured", observedAt: new Date() });
  await oldOrder(db, shopId, { status: "expired", attention: null });
  await migrateTo(db, "0020_rest_between_checks.sql");
  return { url, db, paid };
}

async function countOf(db: Db, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

async function sizeOf(db: Db, table: string): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT pg_total_relation_size(${table}::regclass) AS bytes`.execute(db);
  return rows[0]?.bytes ?? 0;
}

test("0022 puts bodies apart, and leaves none of them where they were", async () => {
  const { url, db } = await filledDatabase();
  // Dice, which PostgreSQL can't make smaller.
  const bodies = Array.from({ length: 300 }, () => randomBytes(1_500));
  await sql`
    INSERT INTO webhook_events
      (id, source, type, topic, intent_id, body, headers, received_at, status, settled_at)
    SELECT 'evt_' || n, 'webhook', 'payment_intent.succeeded', 'intent',
      CASE WHEN n > 1 THEN 'pi_' || n END, body, jsonb_build_object('n', n),
      now() - n * interval '1 minute', 'applied', now()
    FROM unnest(${bodies}::bytea[]) WITH ORDINALITY AS given (body, n)`.execute(db);
  await sql`
    INSERT INTO webhook_events (id, source, type, topic, status, settled_at)
    VALUES ('evt_bare', 'cursor', 'refund.updated', 'refund', 'applied', now())`.execute(db);
  const stored = sql<{ body: Buffer }>`
    SELECT id, body, headers, received_at AS at FROM webhook_events
    WHERE body IS NOT NULL ORDER BY id`;
  const { rows: before } = await stored.execute(db);
  const inAll = bodies.length * 1_500;
  expect(await sizeOf(db, "webhook_events")).toBeGreaterThan(inAll);

  await migrateToLatest(url, quiet);
  const { rows: after } = await sql`
    SELECT event_id AS id, body, headers, stored_at AS at FROM webhook_bodies
    ORDER BY event_id`.execute(db);
  expect(after).toEqual(before);
  expect(await sizeOf(db, "webhook_events")).toBeLessThan(inAll / 2);
  const { rows: intents } = await sql`
    SELECT count(*) AS events, count(intent_id) AS named FROM webhook_events
    WHERE intent_id IS NULL OR intent_id = 'pi_' || substr(id, 5)`.execute(db);
  expect(intents).toEqual([{ events: 301, named: 299 }]);
}, 60_000);

test("0024 keeps what was told twice on purpose, and what has no order", async () => {
  const { url, db, paid } = await filledDatabase();
  await sql`
    INSERT INTO notifications (id, order_id, seq, template, channel, status, resend_of)
    SELECT gen_random_uuid(), order_id, seq, template, channel, 'sent', id
    FROM notifications, generate_series(1, 2) WHERE order_id = ${paid}`.execute(db);
  await sql`
    INSERT INTO notifications (id, template, channel, recipient, status, letter)
    SELECT gen_random_uuid(), 'staff_letter', 'email', 'staff:0123456789abcdef', 'sent', '{}'
    FROM generate_series(1, 2)`.execute(db);
  const tables = ["notifications", "holds", "stock_movements", "ledger_entries"];
  const counts = () => Promise.all(tables.map((table) => countOf(db, table)));
  const before = await counts();
  expect(Math.min(...before)).toBeGreaterThan(1);
  await migrateToLatest(url, quiet);
  expect(await counts()).toEqual(before);
  const twin = sql`
    INSERT INTO notifications (id, order_id, seq, template, channel, status)
    SELECT gen_random_uuid(), order_id, seq, template, channel, 'sent'
    FROM notifications WHERE order_id = ${paid} AND resend_of IS NULL`;
  await expect(twin.execute(db)).rejects.toMatchObject({
    ...{ code: "23505", constraint: "one_message_per_fact" },
  });
  const findings = await checkInvariants(db, allInvariants({ patienceSeconds: 3_600 }));
  expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
}, 60_000);

test("a release that is broken off goes on where it was", async () => {
  const { url, db } = await filledDatabase();
  await sql`CREATE TABLE live_hold ()`.execute(db);
  await expect(migrateToLatest(url, quiet)).rejects.toThrow("live_hold");
  expect((await pendingMigrations(db))[0]).toBe("0024_fewer_indexes.sql");
  expect(await countOf(db, "webhook_bodies")).toBe(0);
  await sql`DROP TABLE live_hold`.execute(db);
  await migrateToLatest(url, quiet);
  expect(await pendingMigrations(db)).toEqual([]);
}, 60_000);

test("a release waits for one that takes long", async () => {
  const { url, db } = await oldDatabase("0001_orders.sql");
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  try {
    await other.query("SELECT pg_advisory_lock(hashtextextended('aurora release', 0))");
    const release = migrateToLatest(url, quiet);
    release.catch(() => undefined);
    // Longer than a table is waited for.
    await waitFor("it to wait", async () => {
      const { rows } = await other.query(`SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'aurora release'
          AND wait_event = 'advisory' AND query_start < now() - interval '2.5 seconds'`);
      return rows.length > 0 || undefined;
    });
    expect(await pendingMigrations(db)).not.toEqual([]);
    await other.query("SELECT pg_advisory_unlock_all()");
    await release;
  } finally {
    await other.end();
  }
  expect(await pendingMigrations(db)).toEqual([]);
}, 60_000);

test("releases at the same time do each migration once", async () => {
  const { url, db } = await oldDatabase("0001_orders.sql");
  await Promise.all(Array.from({ length: 6 }, () => migrateToLatest(url, quiet)));
  expect(await pendingMigrations(db)).toEqual([]);
}, 60_000);
