import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateHistory } from "../../scripts/bench/history/generate-history.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { useDatabase } from "../support/database.ts";
import { fillWithRecentRows } from "../support/recent-rows.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, stockProduct } from "../support/shop.ts";

const orders = 1_000;
/** A B-tree without rows: where it begins, and an empty leaf. */
const emptyBytes = 2 * 8_192;

const database = useDatabase();
let db: Db;
beforeAll(async () => {
  db = connect(testSettings(database.url), quiet, { statementSeconds: 60 });
  await openShop(db);
  for (const sku of ["one", "two"]) await stockProduct(db, sku, 100);
  await generateHistory(database.url, { orders, say: () => undefined });
  await fillWithRecentRows(db);
  await sql`VACUUM (ANALYZE)`.execute(db);
}, 60_000);
afterAll(() => db.destroy());

/** What orders that are over may leave in a partial index: that is what these are for. */
const lasting = [
  // Keys: each of what is there may be there once.
  ...["a_hold_moves_once_each_way", "a_return_comes_back_once", "one_delivery_per_event"],
  ...["one_payment_per_intent", "one_refund_per_stripe_id"],
  // What people and suppliers look for.
  ...["notifications_by_provider_id", "order_contacts_by_phone"],
  "webhook_events_of_rare_types",
  // What is erased or deleted by its age: as much as is kept.
  ...["order_contacts_by_erase_at", "webhook_deliveries_by_end"],
];

/** All partial indexes but those, by PostgreSQL's own list, with how full they are. */
async function waitingIndexes(): Promise<{ name: string; rows: number; bytes: number }[]> {
  const { rows } = await sql<{ name: string; rows: number; bytes: number }>`
    SELECT relname AS name, greatest(reltuples, 0)::integer AS rows, pg_relation_size(oid) AS bytes
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indpred IS NOT NULL AND relnamespace = 'public'::regnamespace
      AND relname <> ALL(${lasting}::text[])`.execute(db);
  return rows;
}

describe(`${orders.toLocaleString("en")} orders that are over`, () => {
  test("leave nothing in the indexes of what waits", async () => {
    const indexes = await waitingIndexes();
    expect(indexes.length).toBeGreaterThan(35);
    expect(indexes.filter(({ rows, bytes }) => rows > 0 || bytes > emptyBytes)).toEqual([]);
  });

  test("leave something in all the others, or they would belong to those", async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT relname AS name FROM pg_class
      WHERE relname = ANY(${lasting}::text[]) AND reltuples > 0 ORDER BY 1`.execute(db);
    expect(rows.map(({ name }) => name)).toEqual(lasting.toSorted());
  });

  test("are found in an index that was meant for what waits, and is not", async () => {
    await sql`CREATE INDEX meant_well ON orders (placed_at)
      WHERE status <> 'awaiting_payment'`.execute(db);
    const indexes = await waitingIndexes();
    expect(indexes.filter(({ rows }) => rows > 0)).toMatchObject([
      { name: "meant_well", rows: orders },
    ]);
    await sql`DROP INDEX meant_well`.execute(db);
  });
});
