import { sql } from "kysely";
import { expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { erasePersons } from "../../../src/orders/erase-persons.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

/** A carrier's number and a note, which lead to a person. */
const named = "Xyzzy77";

async function tablesThatSay(words: string): Promise<string[]> {
  const tables = ["shipments", "order_events", "returns", "refunds"];
  const saying = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await sql`
        SELECT FROM ${sql.table(table)} AS each WHERE each::text LIKE ${`%${words}%`}
        LIMIT 1`.execute(desk.db);
      return rows.length > 0 ? [table] : [];
    }),
  );
  return saying.flat();
}

test("what led to a person's door goes with the person; the parcel stays on record", async () => {
  const order = await desk.sold();
  const trackingUrl = `https://track.example/${named}`;
  await shipping.ship(order, 2, { trackingNumber: named, trackingUrl });
  await shipping.takeBack(order, 1, "full", { note: `${named} sent it back` });
  expect(await tablesThatSay(named)).toEqual(["shipments", "order_events", "returns", "refunds"]);

  const mine = sql`order_id = ${order.orderId}`;
  for (const statement of [
    sql`UPDATE refunds SET status = 'failed', due_at = NULL, failure = 'x' WHERE ${mine}`,
    sql`UPDATE notifications SET status = 'sent', due_at = NULL WHERE ${mine}`,
    sql`UPDATE order_contacts SET erase_at = now() WHERE ${mine}`,
  ]) {
    await statement.execute(desk.db);
  }
  const erased = await inTransaction(desk.db, (trx) => erasePersons(trx, "-infinity"));
  expect(erased).toEqual({ persons: 1, next: null });
  expect(await tablesThatSay(named)).toEqual([]);
  const shipped = (await desk.historyOf(order)).find(({ event }) => event === "shipped");
  expect(shipped?.detail).toMatchObject({
    ...{ carrier: "Royal Mail", left: 0 },
    lines: [{ sku: order.sku, quantity: 2 }],
  });
});
