import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { type BoughtOrder, seeIntent } from "../support/api-money.ts";
import { buyer, reserve } from "../support/shop-floor.ts";

/** Three of these are more than the 2,000 lines of a batch. */
const lineCount = 700;
const orderCount = 4;

const api = useApi();
const lines = Array.from({ length: lineCount }, (_, nr) => ({ sku: `L-${nr}`, quantity: 1 }));
beforeAll(async () => {
  const numbers = sql`generate_series(0, ${lineCount - 1}::integer) AS nr`;
  await sql`
    INSERT INTO products (sku, written_sku, name, price_minor, currency)
    SELECT 'l-' || nr, 'L-' || nr, 'Line', 1, 'gbp' FROM ${numbers}`.execute(api.db);
  await sql`
    INSERT INTO stock (sku, location, on_hand)
    SELECT 'l-' || nr, 'main', 100 FROM ${numbers}`.execute(api.db);
}, 60_000);

async function longOrder(): Promise<BoughtOrder> {
  const json = { contact: buyer, lines };
  const { body } = await api.ask("/v1/orders", { as: api.publishableKey, json });
  await reserve(api, body.id);
  await seeIntent(api, body, {});
  await seeIntent(api, body, { status: "captured", capturedMinor: body.totalMinor });
  return body;
}

/** Asks the same of all orders at once; answers how many there were in a transaction at most. */
async function together(
  orders: readonly BoughtOrder[],
  path: string,
  json: object,
  kind: string,
): Promise<number> {
  const wish = { as: api.secretKey, json };
  const asked = orders.map(({ id }) => api.ask(`/v1/orders/${id}/${path}`, wish));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.every((status) => status < 300)).toBe(true);
  // What a transaction wrote bears its number.
  const { rows } = await sql<{ lines: number }>`
    SELECT count(*) AS lines FROM stock_movements WHERE kind = ${kind}
    GROUP BY xmin ORDER BY 1 DESC`.execute(api.db);
  expect(rows.reduce((sum, row) => sum + row.lines, 0)).toBe(orders.length * lineCount);
  return (rows[0]?.lines ?? 0) / lineCount;
}

test("long orders that ship, come back or are cancelled at once share no large batch", async () => {
  const orders: BoughtOrder[] = [];
  for (let nr = 0; nr < 2 * orderCount; nr++) orders.push(await longOrder());
  const shipped = orders.slice(0, orderCount);
  const back = { lines: lines.map((line) => ({ ...line, restock: true })), refund: "none" };
  expect(await together(shipped, "shipments", { carrier: "Van" }, "ship")).toBeLessThan(3);
  expect(await together(shipped, "returns", back, "return")).toBeLessThan(3);
  const rest = orders.slice(orderCount);
  expect(await together(rest, "cancel", { refund: "none" }, "release")).toBeLessThan(3);
}, 120_000);
