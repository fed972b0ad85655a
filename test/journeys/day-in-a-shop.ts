import { randomUUID } from "node:crypto";
import { untilAtRest } from "../../scripts/world/rest.ts";
import type { World } from "../../scripts/world/world.ts";
import type { Db } from "../../src/db/connect.ts";
import type { OrderJson, Storefront } from "../support/storefront.ts";

type Shop = { world: World; store: Storefront; db: Db; skus: readonly string[] };

const ordersAtOnce = 40;
const wish = (body: object = {}) => ({ idempotencyKey: randomUUID(), body });

/** Everything that happens to orders, over HTTP, and all that follows from it. */
export async function liveADay(shop: Shop): Promise<void> {
  const { world, store, db, skus } = shop;
  const url = `${world.sandboxUrl}/receiver/orders`;
  await store.shop("POST", "/v1/webhook-endpoints", wish({ url }));
  const abandoned = await store.order(linesOf(skus, 0));
  const ended = [await cancelOne(shop), await sellOut(shop), await declineOne(shop)];
  const sold = await sellMany(shop);
  await lookAround(shop, sold);
  await store.until(abandoned.id, "expired");
  await untilAtRest(
    db,
    [abandoned, ...ended, ...sold].map(({ id }) => id),
    20_000,
  );
}

function linesOf(skus: readonly string[], nr: number) {
  const skuAt = (place: number) => skus[place % skus.length] ?? "";
  return [
    { sku: skuAt(nr), quantity: 2 },
    { sku: skuAt(nr + 7), quantity: 1 },
  ];
}

async function cancelOne({ store, skus }: Shop): Promise<OrderJson> {
  const order = await store.order(linesOf(skus, 1));
  await store.untilPayable(order.id);
  await store.shop("POST", `/v1/orders/${order.id}/cancel`, wish());
  return order;
}

async function sellOut({ store, skus }: Shop): Promise<OrderJson> {
  const order = await store.order([{ sku: skus[2] ?? "", quantity: 100_000 }]);
  return await store.until(order.id, "rejected");
}

async function declineOne({ store, skus }: Shop): Promise<OrderJson> {
  const order = await store.order(linesOf(skus, 3));
  await store.pay(order.id, "pm_card_visa_chargeDeclined");
  await store.untilHappened(order.id, "payment_declined");
  await store.pay(order.id);
  return order;
}

/** Many are placed and paid at once; of some the money or the goods come back. */
async function sellMany({ store, skus }: Shop): Promise<OrderJson[]> {
  await store.sandbox("POST", "/_sandbox/stripe/auto_pay", { body: { on: true } });
  const orders = await Promise.all(
    Array.from({ length: ordersAtOnce }, (_, nr) => store.order(linesOf(skus, nr))),
  );
  for (const { id } of orders) await store.until(id, "paid");
  const [shipped, refunded, cancelled] = orders.map(({ id }) => `/v1/orders/${id}`);
  await store.shop("POST", `${shipped}/shipments`, wish({ carrier: "Post" }));
  const back = { refund: "full", lines: [{ sku: skus[0], quantity: 1, restock: true }] };
  await store.shop("POST", `${shipped}/returns`, wish(back));
  const some = { amountMinor: 100, reason: "goodwill" };
  await store.shop("POST", `${refunded}/refunds`, wish(some));
  await store.shop("POST", `${cancelled}/cancel`, wish({ refund: "full" }));
  return orders;
}

async function lookAround({ world, store, skus }: Shop, [order]: OrderJson[]): Promise<void> {
  for (const path of [
    "/v1/orders",
    "/v1/orders?status=paid",
    "/v1/orders?email=buyer@shop.example",
    `/v1/orders/${order?.id}/events`,
    "/v1/events",
    "/v1/products",
    `/v1/stock/${skus[3]}`,
    "/readyz",
  ]) {
    await store.shop("GET", path);
  }
  const accept = { authorization: `Bearer ${store.secretKey}`, accept: "text/event-stream" };
  const stream = new URL(`/v1/orders/${order?.id}/events`, world.apiUrl);
  const { body } = await fetch(stream, { headers: accept });
  await body?.cancel();
}
