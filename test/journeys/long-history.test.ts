import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateHistory } from "../../scripts/bench/history/generate-history.ts";
import { ensureDatabase } from "../../scripts/world/databases.ts";
import { places } from "../../scripts/world/places.ts";
import { startPostgres } from "../../scripts/world/postgres.ts";
import type { PrivateServer } from "../../scripts/world/private-server.ts";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { migrateToLatest } from "../../src/db/migrate.ts";
import { importGoods } from "../../src/inventory/import-goods.ts";
import { createShop } from "../../src/orders/shops.ts";
import { waitingTables } from "../../src/queues/waiting-rows.ts";
import { type Explained, explainEverything, readPlans, readsOf } from "../support/auto-explain.ts";
import { fillWithRecentRows } from "../support/recent-rows.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront } from "../support/storefront.ts";
import { startTestWorld } from "../support/world.ts";
import { liveADay } from "./day-in-a-shop.ts";

const orderCount = 100_000;
/** Tables below this many rows are read whole by right. */
const bigRows = 5_000;
/** A page of house-keeping has 1,000 rows: nothing looks at many more. */
const mostRows = 1_500;
const skus = Array.from({ length: 20_000 }, (_, nr) => `goods-${nr}`);

/** They read whole tables by their nature, on a connection of their own. */
const auditor = "aurora invariants";

let folder: string;
let postgres: PrivateServer;
let world: World;
let db: Db;

beforeAll(async () => {
  mkdirSync(places.test, { recursive: true });
  folder = mkdtempSync(path.join(places.test, "history-"));
  postgres = await startPostgres({ folder, durable: false, maxConnections: 60 });
  const databaseUrl = await ensureDatabase(postgres.url, "aurora");
  await migrateToLatest(databaseUrl, quiet);
  const means = { DATABASE_URL: databaseUrl, DATABASE_POOL: 2 };
  db = connect(means, quiet, { name: "test", statementSeconds: 120 });
  const shop = await createShop(db, { name: "Old shop", currency: "gbp", origins: [] });
  const goods = skus.map((sku) => ({ sku, name: sku, priceMinor: 250, opening: 1_000 }));
  await importGoods(
    db,
    goods.map((each) => ({ ...each, currency: shop.currency })),
    "opening stock",
  );
  await generateHistory(databaseUrl, { orders: orderCount, say: () => undefined });
  await fillWithRecentRows(db);
  await explainEverything(db);
  const settings = { HOLD_MINUTES: "0.3", DATABASE_URL: databaseUrl };
  world = await startTestWorld({ processes: ["web", "worker"], settings });
  const store = await openStorefront({ ...world, databaseUrl }, shop.id);
  await liveADay({ world, store, db, skus });
}, 400_000);
afterAll(async () => {
  await db?.destroy();
  await world?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How PostgreSQL went about the statements of those whose name begins so. */
function plansOf(name: string): Explained[] {
  const all = readPlans(path.join(folder, "server.log"));
  return all.filter(({ application: by }) => by.startsWith(name) && by !== auditor);
}

/** What read a large table whole, or much of it, each once, with the statement. */
async function greedy(plans: readonly Explained[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND reltuples > ${bigRows}`.execute(
    db,
  );
  const big = new Set(rows.map(({ name }) => name));
  const found = plans.flatMap(({ application, query, plan }) =>
    readsOf(plan)
      .filter(({ table, how, rows }) => big.has(table) && (/^Seq/.test(how) || rows > mostRows))
      .map(({ table, how, rows }) => `${application}: ${rows} of ${table}, ${how}: ${query}`),
  );
  return [...new Set(found)];
}

/** What processes send while orders live their lives: the journey must have come by all of it. */
const hotPath = {
  placing: [
    ...[/FROM api_keys/, /INSERT INTO idempotency_keys/, /FROM products WHERE/],
    ...[/INSERT INTO orders/, /INSERT INTO webhook_deliveries/],
  ],
  reserving: [
    ...[/count\(\*\) FROM order_lines/, /AS stale/, /AS goods FROM/],
    ...[/AS available FROM stock/, /INSERT INTO holds/, /INSERT INTO payments/],
  ],
  paying: [
    ...[/SET asked_at = CASE/, /^WITH arrived AS/, /^SELECT id, status, intent_id/],
    ...[/^WITH RECURSIVE kin/, /FROM payments WHERE order_id = ANY/, /^UPDATE payments SET status/],
    ...[/INSERT INTO ledger_entries/, /UPDATE orders SET status/, /UPDATE holds SET status/],
    ...[/INSERT INTO notifications/, /^WITH seen AS/],
  ],
  telling: [
    ...[/^WITH locked .* FROM notifications/, /^WITH outcome .* notifications/],
    ...[/^WITH wanted .* FROM webhook_deliveries/, /^WITH report AS/],
  ],
  ending: [/closing IS NULL AND expires_at/, /SET due_at = .* closing = CASE/, /FROM stock WHERE/],
  "after the sale": [/INSERT INTO shipments/, /INSERT INTO returns/, /INSERT INTO refunds/],
  reading: [
    /^WITH clock AS/,
    /e\.seq > watched\.after/,
    /^WITH page AS/,
    /min\(due_at\) FROM orders/,
  ],
  "keeping house": [
    ...[/DELETE FROM order_contacts/, /FROM operator_acts WHERE order_id/, /INTO heartbeats/],
    ...["idempotency_keys", "webhook_bodies", "webhook_deliveries", "delivery_reports"].map(
      (table) => RegExp(`DELETE FROM "${table}"`),
    ),
    /SELECT next\.place FROM webhook_endpoints/,
  ],
  sweeping: waitingTables.map(({ name, id }) =>
    RegExp(`^WITH due AS MATERIALIZED \\( SELECT "${id}" AS key FROM "${name}"`),
  ),
};

describe(`with ${orderCount.toLocaleString("en")} finished orders`, () => {
  test("no statement of any process reads much of a large table", async () => {
    expect(await greedy(plansOf("aurora "))).toEqual([]);
  });

  test.each(Object.entries(hotPath))("what %s sends was looked at", (_, sent) => {
    const queries = [...new Set(plansOf("aurora ").map(({ query }) => query))];
    expect(sent.filter((how) => !queries.some((query) => how.test(query)))).toEqual([]);
  });

  test("a statement that has no index, or reads much of one, is found out", async () => {
    const means = { DATABASE_URL: world.settings["DATABASE_URL"] ?? "", DATABASE_POOL: 1 };
    const control = connect(means, quiet, { name: "control" });
    await control.selectFrom("orders").select("id").where("customer_ref", "=", "none").execute();
    await control.selectFrom("orders").select("id").orderBy("id").limit(2_000).execute();
    await control.destroy();
    expect(await greedy(plansOf("control"))).toEqual([
      expect.stringMatching(/ of orders, Seq Scan, .*customer_ref/),
      expect.stringMatching(/^control: 2000 of orders, Index Only Scan, orders_pkey/),
    ]);
  });
});
