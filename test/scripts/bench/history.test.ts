import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateHistory } from "../../../scripts/bench/history/generate-history.ts";
import { connect, type Db } from "../../../src/db/connect.ts";
import { inTransaction } from "../../../src/db/transaction.ts";
import { allInvariants, checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { erasePersons } from "../../../src/orders/erase-persons.ts";
import { orderNumber } from "../../../src/orders/ids.ts";
import { refundIdOf } from "../../../src/orders/refunds/wanted-refund.ts";
import { useDatabase } from "../../support/database.ts";
import { quiet, testSettings } from "../../support/settings.ts";
import { openShop, stockProduct } from "../../support/shop.ts";

const orders = 2_000;
const database = useDatabase();
const said: string[] = [];
let db: Db;

beforeAll(async () => {
  db = connect(testSettings(database.url), quiet, { statementSeconds: 60 });
  await openShop(db);
  for (const nr of [1, 2, 3, 4, 5]) await stockProduct(db, `Bench-${nr}`, 100, 100 * nr);
  await generateHistory(database.url, { orders, say: (line) => said.push(line) });
}, 60_000);
afterAll(() => db.destroy());

/** The tables that the history filled. */
async function filledTables(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 30
    ORDER BY 1`.execute(db);
  return rows.map(({ name }) => name);
}

/** Stripe's list of events is due all the time, and nobody works here who would read it. */
const patienceSeconds = 3_600;

async function brokenPromises() {
  const findings = await checkInvariants(db, allInvariants({ patienceSeconds }));
  return {
    broken: findings.filter(({ broken }) => broken > 0),
    unconcerned: findings.filter(({ examined }) => examined === 0).map(({ name }) => name),
  };
}

describe("a shop's history", () => {
  test("breaks no promise, and each is about it but for those on what it has not", async () => {
    expect(await brokenPromises()).toEqual({
      broken: [],
      unconcerned: [
        "orders_hold_what_they_promise",
        "keys_have_their_shop",
        "disputed_money_is_booked",
        "a_key_names_one_order",
        "every_listener_is_told",
        "dead_listeners_are_disabled",
        "no_break_stays_open",
      ],
    });
  });

  test("fills every table that an order of the API leaves rows in", async () => {
    const tables = [
      ...["holds", "ledger_entries", "notifications", "order_adjustments", "order_contacts"],
      ...["order_events", "order_lines", "orders", "payment_failures", "payments"],
      ...["refund_lines", "refunds", "return_lines", "returns", "shipment_lines", "shipments"],
      ...["stock_movements", "webhook_events"],
    ];
    expect(await filledTables()).toEqual(tables);
    expect(said).toEqual([`history: ${orders} of ${orders} orders`]);
  });

  test("ends as orders of a shop end", async () => {
    const { rows } = await sql<{ status: string; share: number }>`
      SELECT status, count(*) * 100.0::float8 / ${orders} AS share FROM orders GROUP BY 1
      `.execute(db);
    expect(Object.fromEntries(rows.map(({ status, share }) => [status, share]))).toEqual({
      ...{ completed: 85, expired: 5, cancelled: 6, rejected: 4 },
    });
  });

  test("names nothing that is not there, though no foreign key was looked up", async () => {
    const { rows: keys } = await sql<{ name: string; lost: string }>`
      SELECT conname AS name, format('SELECT count(*) AS lost FROM %s AS a WHERE %s
        AND NOT EXISTS (SELECT FROM %s AS b WHERE %s)', conrelid::regclass,
        string_agg(format('a.%I IS NOT NULL', own.attname), ' AND '), confrelid::regclass,
        string_agg(format('a.%I = b.%I', own.attname, other.attname), ' AND ')) AS lost
      FROM pg_constraint, unnest(conkey, confkey) AS pair (ours, theirs)
      JOIN pg_attribute AS own ON own.attnum = ours
      JOIN pg_attribute AS other ON other.attnum = theirs
      WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        AND own.attrelid = conrelid AND other.attrelid = confrelid
      GROUP BY conname, conrelid, confrelid`.execute(db);
    expect(keys.length).toBeGreaterThan(30);
    for (const { name, lost } of keys) {
      expect([name, (await sql.raw(lost).execute(db)).rows]).toEqual([name, [{ lost: 0 }]]);
    }
  });

  test("names orders and refunds as the domain does", async () => {
    const placed = await db.selectFrom("orders").select(["id", "number"]).execute();
    expect(placed.filter(({ id, number }) => orderNumber(id) !== number)).toEqual([]);
    const back = await db.selectFrom("refunds").select(["id", "intention"]).execute();
    expect(back.filter(({ id, intention }) => refundIdOf(intention ?? "") !== id)).toEqual([]);
  });

  test("is so old that no job looks at it", async () => {
    const { rows: columns } = await sql<{ table: string; column: string }>`
      SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
      WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
        AND column_name <> 'erase_at' AND table_name = ANY(${await filledTables()}::text[])
      `.execute(db);
    expect(columns.length).toBeGreaterThan(30);
    for (const { table, column } of columns) {
      const { rows } = await sql`
        SELECT max(${sql.ref(column)}) > now() - interval '31 days' AS young
        FROM ${sql.table(table)} WHERE NOT (to_jsonb(${sql.table(table)}) @> '{"kind": "receive"}')
        `.execute(db);
      expect([table, column, rows]).not.toEqual([table, column, [{ young: true }]]);
    }
    const erased = await inTransaction(db, (trx) => erasePersons(trx, "-infinity"));
    expect(erased).toEqual({ persons: 0, next: null });
    const bodies = await db.selectFrom("webhook_bodies").selectAll().execute();
    expect(bodies).toEqual([]);
  });

  test("leaves the counters of stock as they are", async () => {
    const rows = await db.selectFrom("stock").select(["on_hand", "reserved"]).execute();
    expect(rows).toEqual(Array.from({ length: 5 }, () => ({ on_hand: 100, reserved: 0 })));
  });

  test("grows when more of it is made", async () => {
    await generateHistory(database.url, { orders: 100, say: () => undefined });
    expect((await brokenPromises()).broken).toEqual([]);
    expect(await db.selectFrom("orders").select("id").execute()).toHaveLength(orders + 100);
  });
});

describe("a shop without goods", () => {
  const bare = useDatabase();

  test("has no history", async () => {
    const made = generateHistory(bare.url, { orders: 1, say: () => undefined });
    await expect(made).rejects.toThrow("two products with stock");
  });
});
