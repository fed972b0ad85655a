import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { erasePersons } from "../../src/orders/erase-persons.ts";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, move } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "kept", { stock: 100 }));

const migrations = new URL("../../src/db/migrations/", import.meta.url);
const migration = new URL("0016_erased_references.sql", migrations);

/** What the shop calls its customer. */
const named = "Ms Plugh";

async function place(more: Record<string, unknown>): Promise<string> {
  const lines = [{ sku: "kept", quantity: 1 }];
  const adjustments = [{ kind: "discount", name: `Discount for ${named}`, amountMinor: -1 }];
  const json = { lines, customerRef: named, adjustments, ...more };
  const { status, body } = await api.ask("/v1/orders", { as: api.secretKey, json });
  if (status >= 300) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
  return body.id;
}

async function wordsOf(id: string) {
  const { body } = await api.ask(`/v1/orders/${id}`, { as: api.secretKey });
  return { customerRef: body.customerRef, adjustments: body.adjustments };
}

const written = {
  customerRef: named,
  adjustments: [{ kind: "discount", name: `Discount for ${named}`, amountMinor: -1 }],
};
const erased = {
  customerRef: null,
  adjustments: [{ kind: "discount", name: "[erased]", amountMinor: -1 }],
};
const erase = () => inTransaction(api.db, erasePersons);

describe("what a shop wrote of a customer", () => {
  test("goes with their contact, and the amounts stay", async () => {
    const [id, other] = [await place({ contact: buyer }), await place({ contact: buyer })];
    await move(api, "cancelled", id);
    await sql`UPDATE notifications SET status = 'sent', due_at = NULL`.execute(api.db);
    await sql`UPDATE order_contacts SET erase_at = now() WHERE order_id = ${id}`.execute(api.db);
    expect(await wordsOf(id)).toEqual(written);
    expect(await erase()).toEqual({ persons: 1, orders: 1 });
    expect(await wordsOf(id)).toEqual(erased);
    expect(await wordsOf(other)).toEqual(written);
  });

  test("goes when a draft ends that never had a contact, and not before", async () => {
    const id = await place({ checkout: false });
    expect(await erase()).toEqual({ persons: 0, orders: 0 });
    expect(await wordsOf(id)).toEqual(written);
    await move(api, "draft_expired", id);
    expect(await erase()).toEqual({ persons: 0, orders: 1 });
    expect(await wordsOf(id)).toEqual(erased);
    expect(await erase()).toEqual({ persons: 0, orders: 0 });
  });

  test("of those erased before is forgotten by the migration, of no others", async () => {
    const [gone, kept] = [await place({ contact: buyer }), await place({ contact: buyer })];
    const draft = await place({ checkout: false });
    for (const id of [gone, kept]) await move(api, "cancelled", id);
    await sql`DELETE FROM order_contacts WHERE order_id = ${gone}`.execute(api.db);
    await sql`DROP INDEX orders_with_references`.execute(api.db);
    await sql.raw(await readFile(migration, "utf8")).execute(api.db);
    expect(await wordsOf(gone)).toEqual(erased);
    expect(await wordsOf(kept)).toEqual(written);
    expect(await wordsOf(draft)).toEqual(written);
  });
});
