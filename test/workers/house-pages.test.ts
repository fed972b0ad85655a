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

/** How many entries of a table's indexes a turn reads, planned as the workers' statements are. */
async function walkedInATurn(table: string): Promise<number> {
  const means = { DATABASE_URL: desk.settings.DATABASE_URL, DATABASE_POOL: 1 };
  const db = connect(means, quiet, { prepared: true });
  const read = async () => {
    await sql`SELECT pg_stat_force_next_flush()`.execute(db);
    const { rows } = await sql<{ walked: number }>`
      SELECT sum(idx_tup_read)::integer AS walked FROM pg_stat_user_indexes
      WHERE relname = ${table}`.execute(db);
    return rows[0]?.walked ?? Number.NaN;
  };
  const before = await read();
  await keepHouse({ ...desk, db });
  const after = await read();
  await db.destroy();
  return after - before;
}

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
      const walked = await walkedInATurn("idempotency_keys");
      expect(await seen()).toBe(keys);
      expect(walked).toBeGreaterThanOrEqual(keys);
      expect(walked).toBeLessThan(keys + pageSize);
    });
    expect(await desk.db.selectFrom("idempotency_keys").select("key").execute()).toEqual([]);
  });

  test("looks at no other deliveries where it drops what waits for a dead endpoint", async () => {
    const endpoint = (name: string) => sql`
      INSERT INTO webhook_endpoints (id, shop_id, url, status, key_id, sealed)
      VALUES (gen_random_uuid(), ${shop.id}, 'https://erp.example', ${name}, 'k1', '')`;
    await endpoint("enabled").execute(desk.db);
    await endpoint("disabled").execute(desk.db);
    const { numAffectedRows: all } = await sql`
      INSERT INTO webhook_deliveries (endpoint_id, order_id, seq, status, due_at, ended_at)
      SELECT e.id, order_id, seq, CASE WHEN waits THEN 'parked' ELSE 'delivered' END,
        CASE WHEN waits THEN now() + interval '3 days' END, CASE WHEN NOT waits THEN now() END
      FROM order_events, webhook_endpoints AS e, LATERAL (SELECT e.status = 'disabled') AS w (waits)
      WHERE NOT waits OR seq = 1`.execute(desk.db);
    const waiting = 3 * erasePageSize;
    expect(Number(all)).toBeGreaterThan(7 * waiting);
    await sql`ANALYZE webhook_deliveries, webhook_endpoints`.execute(desk.db);
    expect(await walkedInATurn("webhook_deliveries")).toBe(waiting);
    const left = desk.db.selectFrom("webhook_deliveries").where("due_at", "is not", null);
    expect(await left.select("id").execute()).toEqual([]);
  });
});
