import { afterAll, beforeAll, expect, test } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { placeOrders } from "../../src/orders/place-order.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, place, requestOf, stockProduct, type TestShop } from "../support/shop.ts";

const database = useDatabase();
let db: Db;
let settings: Settings;
let shop: TestShop;

beforeAll(async () => {
  settings = testSettings(database.url);
  db = connect(settings, quiet);
  shop = await openShop(db);
  await stockProduct(db, "Mug-1", 100);
});
afterAll(() => db.destroy());

test("a twin at work elsewhere delays and fails nobody but itself", async () => {
  const request = () => requestOf(shop, [{ sku: "mug-1", quantity: 1 }]);
  const twin = request();
  const neighbours = Array.from({ length: 20 }, request);
  const begun = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const elsewhere = inTransaction(db, async (trx) => {
    const { placements } = await placeOrders(trx, settings, [twin]);
    begun.resolve();
    await mayEnd.promise;
    return placements;
  });
  await begun.promise;

  const [busy, ...others] = await place(db, settings, twin, ...neighbours);
  expect(busy).toMatchObject({ outcome: "refused", error: { code: "key_in_use" } });
  expect(others.map(({ outcome }) => outcome)).toEqual(neighbours.map(() => "placed"));

  mayEnd.resolve();
  const [first] = await elsewhere;
  const [again] = await place(db, settings, twin);
  expect(first).toMatchObject({ outcome: "placed" });
  expect(again).toMatchObject({ outcome: "replayed" });
});
