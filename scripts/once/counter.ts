import { randomUUID } from "node:crypto";
import { type CustomerOrder, type OrderBody, placeOrder } from "../world/customer.ts";
import { jsonClient } from "../world/json-client.ts";
import { ensureListener } from "../world/local-listener.ts";
import type { ShopKeys } from "../world/local-settings.ts";
import { localCurrency } from "../world/local-shop.ts";

export interface Line {
  sku: string;
  quantity: number;
}

/** What an order says besides its lines. */
export type More = Partial<OrderBody> & Partial<OrderBody["contact"]>;

/** Where the customers of a run order. */
export interface Counter {
  order(lines: readonly Line[], more?: More): Promise<CustomerOrder>;
  /** The same request twice at the same time, as a double click sends it: one order. */
  orderTwice(lines: readonly Line[]): Promise<CustomerOrder>;
  newKey(): string;
  /** The shop gives money back, and waits until it has left. */
  refund(order: CustomerOrder, wish?: { lines: readonly Line[] }): Promise<void>;
  /** The shop sends a parcel of these goods, or of all that are left. */
  ship(order: CustomerOrder, lines?: readonly Line[]): Promise<void>;
  /** Shipped goods come back, are for sale again, and their money goes back. */
  takeBack(order: CustomerOrder, lines: readonly Line[]): Promise<void>;
}

/** What the shop sells, and how many it has. */
const goods = [
  { sku: "Cup", name: "Cup", priceMinor: 895, stock: 100 },
  { sku: "POT-2", name: "Pot for two", priceMinor: 2_450, stock: 10 },
  { sku: "TEA-50", name: "Black tea, 50 bags", priceMinor: 420, stock: 50 },
  { sku: "SPOON", name: "Silver spoon", priceMinor: 12_000, stock: 10 },
  { sku: "RARE", name: "Three of a kind", priceMinor: 5_000, stock: 3 },
  { sku: "LATE-ONE", name: "The last one, again", priceMinor: 3_300, stock: 1 },
  { sku: "LAST-ONE", name: "The last one", priceMinor: 9_900, stock: 1 },
  { sku: "SOLD-OUT", name: "Sold out", priceMinor: 700, stock: 0 },
];

/** Fills the shop through its API, has another system told of its orders, and opens the counter. */
export async function openCounter(
  world: { apiUrl: string; sandboxUrl: string },
  { publishableKey, secretKey }: ShopKeys,
): Promise<Counter> {
  const shop = jsonClient(world.apiUrl, secretKey);
  await ensureListener(shop, world.sandboxUrl);
  for (const { sku, name, priceMinor, stock } of goods) {
    const product = { name, priceMinor, currency: localCurrency, active: true };
    await shop("PUT", `/v1/products/${sku}`, { body: product });
    if (stock === 0) continue;
    const body = { kind: "receive", quantity: stock, reason: "Opening stock" };
    await shop("POST", `/v1/stock/${sku}/movements`, { body, idempotencyKey: randomUUID() });
  }

  let customers = 0;
  const post = async ({ id }: CustomerOrder, what: string, body: object) => {
    await shop("POST", `/v1/orders/${id}/${what}`, { body, idempotencyKey: randomUUID() });
  };
  const place = (lines: readonly Line[], more: More, idempotencyKey: string) => {
    const { phone, locale, ...rest } = more;
    const email = `customer-${++customers}@example.com`;
    const contact = { email, ...(phone && { phone }), ...(locale && { locale }) };
    // Only the shop's own server may set adjustments.
    const key = rest.adjustments ? secretKey : publishableKey;
    const keys = { key, readWith: secretKey };
    return placeOrder(world, keys, { contact, lines, ...rest }, idempotencyKey);
  };
  return {
    newKey: randomUUID,
    order: (lines, more = {}) => place(lines, more, randomUUID()),
    async orderTwice(lines) {
      const key = randomUUID();
      const email = "twice@example.com";
      const [one, other] = await Promise.all(
        [1, 2].map(() => place(lines, { contact: { email } }, key)),
      );
      if (one && one.id === other?.id) return one;
      throw new Error(`One key made two orders: ${one?.number} and ${other?.number}.`);
    },
    async refund(order, wish) {
      await post(order, "refunds", { reason: "damaged", ...wish });
      await order.untilHappened("refund_succeeded");
    },
    ship: (order, lines) =>
      post(order, "shipments", { carrier: "Post", trackingNumber: "RM1", ...(lines && { lines }) }),
    async takeBack(order, lines) {
      const back = lines.map((line) => ({ ...line, restock: true }));
      await post(order, "returns", { lines: back, refund: "full" });
      await order.untilHappened("refund_succeeded");
    },
  };
}
