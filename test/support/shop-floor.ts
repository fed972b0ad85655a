import { inTransaction } from "../../src/db/transaction.ts";
import { advance } from "../../src/orders/advance.ts";
import type { OrderEvent } from "../../src/orders/lifecycle.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import type { Answer, TestApi } from "./api.ts";

/** What tests of the API do over and over: fill the shelves, order, do the workers' part. */

export const buyer = { email: "ada@example.com", phone: "+447700900123", name: "Ada Lovelace" };

/** Adds a product, with stock when it is to have some. */
export async function addProduct(
  api: TestApi,
  sku: string,
  {
    priceMinor = 250,
    stock = 0,
    ...rest
  }: { priceMinor?: number; stock?: number; active?: boolean } = {},
): Promise<void> {
  const json = { name: `Product ${sku}`, priceMinor, currency: "gbp", ...rest };
  expectOk(await api.ask(`/v1/products/${sku}`, { method: "PUT", as: api.secretKey, json }));
  if (stock === 0) return;
  const movement = { kind: "receive", quantity: stock, reason: "For the test" };
  expectOk(await api.ask(`/v1/stock/${sku}/movements`, { as: api.secretKey, json: movement }));
}

export async function placeOrder(api: TestApi, sku: string, quantity = 1): Promise<Answer> {
  return expectOk(
    await api.ask("/v1/orders", {
      as: api.publishableKey,
      json: { contact: buyer, lines: [{ sku, quantity }] },
    }),
  );
}

/** What the reservation worker does with an order. */
export async function reserve(api: TestApi, orderId: string): Promise<void> {
  await inTransaction(api.db, (trx) => reserveOrders(trx, api.settings, [orderId]));
}

/** Moves an order through the one door. */
export async function move(api: TestApi, event: OrderEvent, orderId: string): Promise<void> {
  const { moved } = await inTransaction(api.db, (trx) =>
    advance(trx, api.settings, event, [{ orderId }], "test"),
  );
  if (moved.length !== 1) throw new Error(`${event} did not move the order.`);
}

function expectOk(answer: Answer): Answer {
  if (answer.status < 300) return answer;
  throw new Error(`Answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}
