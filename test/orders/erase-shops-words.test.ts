import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { erasePersons } from "../../src/orders/erase-persons.ts";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, move } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "kept", { stock: 100 }));

const migrations = ["0016_erased_references", "0018_forgotten_with_the_draft"].map(
  (name) => new URL(`../../src/db/migrations/${name}.sql`, import.meta.url),
);

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
const erase = () => inTransaction(api.db, (trx) => erasePersons(trx, "-infinity"));

describe("what a shop wrote of a customer", () => {
  test("goes with their contact, and the amounts stay", async () => {
    const [id, other] = [await place({ contact: buyer }), await place({ contact: buyer })];
    await move(api, "cancelled", id);
    await sql`UPDATE notifications SET status = 'sent', due_at = NULL`.execute(api.db);
    await sql`UPDATE order_contacts SET erase_at = now() WHERE order_id = ${id}`.execute(api.db);
    expect(await wordsOf(id)).toEqual(written);
    expect(await erase()).toEqual({ persons: 1, next: null });
    expect(await wordsOf(id)).toEqual(erased);
    expect(await wordsOf(other)).toEqual(written);
  });

  test.each(["draft_expired", "cancelled"] as const)(
    "goes as a draft without a contact ends (%s), and not before",
    async (event) => {
      const id = await place({ checkout: false });
      const unnamed = await place({ checkout: false, customerRef: undefined });
      const known = await place({ checkout: false, contact: buyer });
      expect(await erase()).toEqual({ persons: 0, next: null });
      expect(await wordsOf(id)).toEqual(written);
      for (const each of [id, unnamed, known]) await move(api, event, each);
      expect(await wordsOf(id)).toEqual(erased);
      expect(await wordsOf(unnamed)).toEqual(erased);
      expect(await wordsOf(known)).toEqual(written);
    },
  );

  test("of those erased before is forgotten by the migrations, of no others", async () => {
    const [gone, kept] = [await place({ contact: buyer }), await place({ contact: buyer })];
    const draft = await place({ checkout: false });
    const unnamed = await place({ contact: buyer, customerRef: undefined });
    for (const id of [gone, kept, unnamed]) await move(api, "cancelled", id);
    // Where there was no name for the customer, only the second looks later on.
    for (const [index, id] of [gone, unnamed].entries()) {
      await sql`DELETE FROM order_contacts WHERE order_id = ${id}`.execute(api.db);
      const text = await readFile(migrations[index] ?? "", "utf8");
      await sql.raw(text).execute(api.db);
      expect(await wordsOf(id)).toEqual(erased);
    }
    expect(await wordsOf(kept)).toEqual(written);
    expect(await wordsOf(draft)).toEqual(written);
  });
});
