import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { generateHistory } from "../../scripts/bench/history/generate-history.ts";
import { connect } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { erasePageSize } from "../../src/orders/erase-persons.ts";
import { keepHouse } from "../../src/workers/house-keeping.ts";
import { pageSize } from "../../src/workers/in-pages.ts";
import { quiet } from "../support/settings.ts";
import { openShop, stockProduct, type TestShop } from "../support/shop.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues();
let shop: TestShop;

beforeAll(async () => {
  shop = await openShop(desk.db);
  for (const sku of ["one", "two"]) await stockProduct(desk.db, sku, 10);
  const orders = 3 * erasePageSize;
  await generateHistory(desk.settings.DATABASE_URL, { orders, say: () => undefined });
});

describe("a page of house-keeping", () => {
  test("is not the last because somebody is at work on one of its orders", async () => {
    await sql`UPDATE order_contacts SET erase_at = now() - interval '1 s'
      WHERE erase_at IS NOT NULL`.execute(desk.db);
    const { order_id: busy } = await desk.db
      .selectFrom("order_contacts")
      .select("order_id")
      .orderBy("order_id")
      .executeTakeFirstOrThrow();
    await inTransaction(desk.db, async (trx) => {
      await sql`SELECT FROM orders WHERE id = ${busy} FOR UPDATE`.execute(trx);
      await keepHouse(desk);
      const left = await desk.db.selectFrom("order_contacts").select("order_id").execute();
      expect(left).toEqual([{ order_id: busy }]);
    });
    await keepHouse(desk);
    expect(await desk.db.selectFrom("order_contacts").select("order_id").execute()).toEqual([]);
  });

  test("does not walk again what is gone, while an older snapshot still sees it", async () => {
    const keys = 3 * pageSize;
    await sql`INSERT INTO idempotency_keys
      (shop_id, operation, key, fingerprint, resource_id, created_at)
      SELECT ${shop.id}, 'place_order', 'old-' || n, '', 'x', now() - n * interval '1 hour'
      FROM generate_series(200, ${199 + keys}) AS n`.execute(desk.db);
    const backup = desk.db.transaction().setIsolationLevel("repeatable read");
    await backup.execute(async (trx) => {
      const seen = async () =>
        (await trx.selectFrom("idempotency_keys").select("key").execute()).length;
      expect(await seen()).toBe(keys);
      const means = { DATABASE_URL: desk.settings.DATABASE_URL, DATABASE_POOL: 1 };
      const db = connect(means, quiet, { prepared: true });
      await keepHouse({ ...desk, db });
      await sql`SELECT pg_stat_force_next_flush()`.execute(db);
      const { rows } = await sql<{ walked: number }>`
        SELECT idx_tup_read AS walked FROM pg_stat_user_indexes
        WHERE indexrelname = 'idempotency_keys_by_age'`.execute(db);
      await db.destroy();
      expect(await seen()).toBe(keys);
      expect(rows[0]?.walked).toBeGreaterThanOrEqual(keys);
      expect(rows[0]?.walked).toBeLessThan(keys + pageSize);
    });
    expect(await desk.db.selectFrom("idempotency_keys").select("key").execute()).toEqual([]);
  });
});
