import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { batcher } from "../../src/queues/batcher.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";

const database = useDatabase();
let db: Db;
beforeAll(async () => {
  db = connect(testSettings(database.url), quiet);
  const shop = await openShop(db);
  for (const sku of ["pen", "cap"]) await stockProduct(db, sku, 10, 500);
  const request = () => requestOf(shop, [{ sku: "pen", quantity: 1 }]);
  await reserved(db, testSettings(database.url), request(), request());
});
afterAll(() => db.destroy());

const nobody = "gen_random_uuid()";
const anOrder = "(SELECT id FROM orders LIMIT 1)";
const aHold = "(SELECT id FROM holds LIMIT 1)";

const line = (order: string, sku: string) =>
  `INSERT INTO order_lines (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
   VALUES (${order}, 9, '${sku}', 'x', 'x', 1, 1)`;
const event = (order: string) =>
  `INSERT INTO order_events (order_id, seq, event, to_status, actor, shop_id)
   SELECT ${order}, 99, 'x', 'x', 'x', id FROM shops`;
const hold = (order: string, sku: string, location = "main") =>
  `INSERT INTO holds (id, order_id, sku, location, quantity)
   VALUES (gen_random_uuid(), ${order}, '${sku}', '${location}', 1)`;
const movement = (sku: string, holdId: string, kind = "release") =>
  `INSERT INTO stock_movements (sku, location, kind, reserved_delta, hold_id, actor)
   VALUES ('${sku}', 'main', '${kind}', -1, ${holdId}, 'x')`;
const entry = (order: string, payment: string) =>
  `INSERT INTO ledger_entries (movement, account, order_id, payment_id, amount_minor, currency)
   VALUES ('x', 'sales', ${order}, ${payment}, 1, 'gbp')`;

const order = (shop: string) =>
  `INSERT INTO orders (id, shop_id, number, status, version, currency, total_minor, locale)
   VALUES (gen_random_uuid(), ${shop}, 'x', 'rejected', 1, 'gbp', 1, 'en')`;
const key = (shop: string) =>
  `INSERT INTO idempotency_keys (shop_id, operation, key, fingerprint, resource_id)
   VALUES (${shop}, 'x', 'x', '', 'x')`;
const payment = (order: string) =>
  `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency)
   VALUES (gen_random_uuid(), ${order}, 9, 'cancelled', 1, 'gbp')`;
const contact = (order: string) =>
  `INSERT INTO order_contacts (order_id, key_id, sealed, email_hash)
   VALUES (${order}, 'x', '', '')`;

/** Does something in a transaction, and takes it back. */
async function takenBack(work: (trx: Trx) => Promise<unknown>): Promise<void> {
  class TakenBack extends Error {}
  const done = db.transaction().execute(async (trx) => {
    await work(trx);
    throw new TakenBack();
  });
  await done.catch((error: unknown) => {
    if (!(error instanceof TakenBack)) throw error;
  });
}

const trial = (statement: string) => takenBack((trx) => sql.raw(statement).execute(trx));

const refusal = { code: "23503" };

describe("what a row refers to", () => {
  test.each([
    line(anOrder, "cap"),
    event(anOrder),
    hold(anOrder, "cap"),
    movement("pen", aHold),
    entry(anOrder, "(SELECT id FROM payments LIMIT 1)"),
    entry("NULL", "NULL"),
    order("(SELECT id FROM shops)"),
    key("(SELECT id FROM shops)"),
    payment(anOrder),
    "UPDATE order_contacts SET sealed = ''",
  ])("may be there: %s", async (statement) => {
    await trial(statement);
  });

  test.each([
    line(nobody, "cap"),
    line(anOrder, "none"),
    "UPDATE order_lines SET sku = 'none'",
    "UPDATE order_lines SET order_id = gen_random_uuid()",
    event(nobody),
    hold(nobody, "cap"),
    hold(anOrder, "none"),
    hold(anOrder, "cap", "attic"),
    movement("none", aHold),
    movement("pen", nobody),
    entry(nobody, "NULL"),
    entry(anOrder, nobody),
    order(nobody),
    key(nobody),
    payment(nobody),
    contact(nobody),
  ])("is not left out: %s", async (statement) => {
    await expect(trial(statement)).rejects.toMatchObject(refusal);
  });

  test("is looked for in each row of a statement", async () => {
    const many = `INSERT INTO order_events (order_id, seq, event, to_status, actor, shop_id)
      SELECT o.id, 99, 'x', 'x', 'x', shop_id FROM orders AS o
      UNION ALL SELECT ${nobody}, 99, 'x', 'x', 'x', id FROM shops`;
    await expect(trial(many)).rejects.toMatchObject(refusal);
  });

  test.each([
    "DELETE FROM orders",
    "UPDATE orders SET id = gen_random_uuid()",
    "DELETE FROM payments",
    "UPDATE payments SET id = gen_random_uuid()",
    "DELETE FROM products",
    "UPDATE products SET sku = 'other'",
    "DELETE FROM stock",
    "UPDATE stock SET location = 'attic'",
    "DELETE FROM holds",
    "UPDATE holds SET order_id = gen_random_uuid()",
    "UPDATE order_events SET order_id = gen_random_uuid()",
    "DELETE FROM shops",
    "UPDATE shops SET id = gen_random_uuid()",
    "UPDATE orders SET shop_id = gen_random_uuid()",
    "UPDATE idempotency_keys SET shop_id = gen_random_uuid()",
    "UPDATE order_contacts SET order_id = gen_random_uuid()",
    "UPDATE payments SET order_id = gen_random_uuid()",
    "UPDATE stock_movements SET hold_id = gen_random_uuid()",
  ])("stays, and is known by what it was: %s", async (statement) => {
    await expect(trial(statement)).rejects.toMatchObject(refusal);
  });
});

describe("among transactions at the same time", () => {
  test("what another has not committed is not there yet", async () => {
    const id = `'${randomUUID()}'`;
    const placing = order("(SELECT id FROM shops)").replace("gen_random_uuid()", id);
    await takenBack(async (trx) => {
      await sql.raw(placing).execute(trx);
      await expect(sql.raw(event(id)).execute(db)).rejects.toMatchObject(refusal);
      await sql.raw(event(id)).execute(trx);
    });
  });

  test("a batch leaves out the one row that refers to nothing, and no other", async () => {
    const write = batcher((statements: readonly string[]) =>
      inTransaction(db, async (trx) => {
        for (const statement of statements) await sql.raw(statement).execute(trx);
        return statements.map(() => true);
      }),
    );
    const good = Array.from({ length: 9 }, (_, n) => {
      return event(anOrder).replace("99", `${100 + n}`);
    });
    const outcomes = await Promise.allSettled([...good, event(nobody)].map(write));
    const states = outcomes.map(({ status }) => status);
    expect(states).toEqual([...good.map(() => "fulfilled"), "rejected"]);
    expect(outcomes.at(-1)).toMatchObject({ reason: refusal });
  });
});
