import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { importGoods } from "../../src/inventory/import-goods.ts";
import { moveStock, type StockMovement } from "../../src/inventory/movements.ts";
import { listProducts, putProducts } from "../../src/inventory/products.ts";
import { useDatabase } from "../support/database.ts";
import { dice } from "../support/dice.ts";
import { quiet } from "../support/settings.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 12 }, quiet);
});
afterAll(() => db.destroy());

const product = (sku: string) => ({ sku, name: sku, priceMinor: 1, currency: "gbp", active: true });
const receive = (sku: string, quantity: number): StockMovement => ({
  sku,
  kind: "receive",
  quantity,
  reason: "Delivery",
  actor: "test",
});

/** Products whose counter is not the sum of its movements. */
async function astray(): Promise<unknown[]> {
  const { rows } = await sql`
    SELECT sku FROM stock FULL JOIN (
      SELECT sku, sum(on_hand_delta) AS moved FROM stock_movements GROUP BY 1
    ) AS ledger USING (sku)
    WHERE coalesce(on_hand, 0) <> coalesce(moved, 0)`.execute(db);
  return rows;
}

describe("the catalogue and its stock", () => {
  test("take no import in which a price can't be charged, not even its other goods", async () => {
    const goods = [
      { sku: "Good", name: "Good", priceMinor: 500, currency: "isk", opening: 1 },
      { sku: "Odd", name: "Odd", priceMinor: 550, currency: "isk", opening: 1 },
    ];
    await expect(importGoods(db, goods, "A file")).rejects.toThrow('"Odd": 5.50 ISK');
    expect(await listProducts(db, { limit: 10 })).toEqual([]);
  });

  test("take shuffled batches over the same goods from many sides without a deadlock", async () => {
    const { seed, shuffled } = dice();
    const skus = Array.from({ length: 20 }, (_, index) => `DEAD-${index}`);
    const batches = Array.from({ length: 100 }, () => shuffled(skus).slice(0, 8));
    await putProducts(db, skus.map(product));
    await Promise.all(
      batches.map(async (batch, index) => {
        const work = index % 2 === 0 ? batch.map((sku) => receive(sku, 1)) : [];
        await inTransaction(db, async (trx) => {
          if (work.length > 0) await moveStock(trx, work);
          else await putProducts(trx, batch.map(product));
        });
      }),
    ).catch((error) => {
      throw new Error(`With seed ${seed}: ${error}`);
    });
    const products = await listProducts(db, { limit: 100, after: "dead-" });
    const onHand = products.reduce((sum, { stock }) => sum + stock.onHand, 0);
    expect(onHand).toBe(50 * 8);
    expect(await astray()).toEqual([]);
  });

  test("move all of a delivery or nothing of it", async () => {
    await putProducts(db, [product("ALL-1"), product("ALL-2")]);
    const delivery = [receive("ALL-1", 5), receive("ALL-2", 5)];
    const broken = [...delivery, { ...receive("all-1", -6), kind: "adjust" as const }];
    const refused = inTransaction(db, (trx) => moveStock(trx, broken));
    await expect(refused).rejects.toMatchObject({ code: "not_enough_on_hand" });
    const unknown = [...delivery, receive("ALL-NONE", 1)];
    const lost = inTransaction(db, (trx) => moveStock(trx, unknown));
    await expect(lost).rejects.toMatchObject({ code: "product_not_found" });
    const stock = async () =>
      (await listProducts(db, { limit: 2, after: "all-" })).map((each) => each.stock.onHand);
    expect(await stock()).toEqual([0, 0]);
    // The same SKU twice in one delivery, in two spellings, is summed.
    await inTransaction(db, (trx) => moveStock(trx, [...delivery, receive("all-1", 2)]));
    expect(await stock()).toEqual([7, 5]);
    expect(await astray()).toEqual([]);
  });

  test("take an opening stock of thousands in pages, once for each delivery", async () => {
    const goods = Array.from({ length: 1_201 }, (_, index) => ({
      ...product(`OPEN-${String(index).padStart(4, "0")}`),
      opening: index % 3,
    }));
    expect(await importGoods(db, goods, "First delivery")).toBe(1_200);
    expect(await importGoods(db, goods, "First delivery")).toBe(0);
    expect(await importGoods(db, goods.slice(0, 3), "Second delivery")).toBe(3);
    const { rows } = await sql`
      SELECT count(*)::int AS products, sum(on_hand)::int AS units
      FROM products LEFT JOIN stock USING (sku) WHERE sku LIKE 'open-%'`.execute(db);
    expect(rows).toEqual([{ products: 1_201, units: 1_203 }]);
    expect(await astray()).toEqual([]);
  });
});
