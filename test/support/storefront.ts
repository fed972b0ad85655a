import { randomUUID } from "node:crypto";
import { type JsonClient, jsonClient } from "../../scripts/world/json-client.ts";
import { connect } from "../../src/db/connect.ts";
import { createKey, createShop } from "../../src/orders/shops.ts";
import { quiet } from "./settings.ts";
import { waitFor } from "./wait-for.ts";

export type OrderJson = {
  id: string;
  number: string;
  status: string;
  closing: string | null;
  totalMinor: number;
  orderToken?: string;
  shortages?: { sku: string; requested: number; available: number }[];
  paymentStatus: string;
  refundedMinor: number;
  payment: { status: string; clientSecret?: string } | null;
};

type World = { apiUrl: string; sandboxUrl: string | undefined; databaseUrl: string };

/** A storefront with its shop's keys, and a customer's hand at the stand-ins. */
export type Storefront = {
  shop: JsonClient;
  secretKey: string;
  /** Puts a product on sale with so much on hand. */
  sell(sku: string, onHand: number, priceMinor?: number): Promise<void>;
  order(lines: Line[], more?: object, key?: string): Promise<OrderJson>;
  read(id: string): Promise<OrderJson>;
  until(id: string, status: string, timeoutMs?: number): Promise<OrderJson>;
  /** Waits until the order can be paid; answers its intent's id. */
  untilPayable(id: string, timeoutMs?: number): Promise<string>;
  /** Answers the intent's id. */
  pay(id: string, card?: string): Promise<string>;
  /** The names of what happened to an order, oldest first. */
  eventsOf(id: string): Promise<string[]>;
  untilHappened(id: string, event: string, timeoutMs?: number): Promise<void>;
  sandbox: JsonClient;
};

type Line = { sku: string; quantity: number };

export async function openStorefront(world: World, shopId?: string): Promise<Storefront> {
  const secretKey = await makeKey(world.databaseUrl, shopId);
  const shop = jsonClient(world.apiUrl, secretKey);
  const sandbox = jsonClient(world.sandboxUrl ?? "");
  const read = async (id: string) => (await shop<OrderJson>("GET", `/v1/orders/${id}`)).body;

  async function eventsOf(id: string): Promise<string[]> {
    type History = { data: { type: string }[] };
    const { body } = await shop<History>("GET", `/v1/orders/${id}/events`);
    return body.data.map(({ type }) => type.replace("order.", ""));
  }

  async function untilPayable(id: string, timeoutMs = 15_000): Promise<string> {
    const secret = await waitFor(
      `order ${id} to be payable`,
      async () => (await read(id)).payment?.clientSecret,
      { timeoutMs },
    );
    return secret.split("_secret_")[0] ?? "";
  }

  return {
    shop,
    secretKey,
    sandbox,
    read,
    untilPayable,
    async sell(sku, onHand, priceMinor = 250) {
      const product = { name: `Product ${sku}`, priceMinor, currency: "gbp" };
      await shop("PUT", `/v1/products/${sku}`, { body: product });
      await shop("POST", `/v1/stock/${sku}/movements`, {
        body: { kind: "receive", quantity: onHand, reason: "opening stock" },
        idempotencyKey: randomUUID(),
      });
    },
    async order(lines, more = {}, key = randomUUID()) {
      const contact = { email: "buyer@shop.example", phone: "+447700900123", name: "A Buyer" };
      const body = { contact, lines, ...more };
      return (await shop<OrderJson>("POST", "/v1/orders", { body, idempotencyKey: key })).body;
    },
    until: (id, status, timeoutMs = 20_000) =>
      waitFor(
        `order ${id} to be ${status}`,
        async () => {
          const order = await read(id);
          return order.status === status ? order : undefined;
        },
        { timeoutMs },
      ),
    async pay(id, card = "pm_card_visa") {
      const intent = await untilPayable(id);
      const body = { card };
      await sandbox("POST", `/_sandbox/stripe/intents/${intent}/pay`, { body }).catch((error) => {
        // A declined card is answered with 402, as Stripe does.
        if (!String(error).includes("402")) throw error;
      });
      return intent;
    },
    eventsOf,
    async untilHappened(id, event, timeoutMs = 20_000) {
      const has = async () => (await eventsOf(id)).includes(event);
      await waitFor(`${event} of order ${id}`, has, { timeoutMs });
    },
  };
}

/** A key of that shop, or of a new one. */
async function makeKey(databaseUrl: string, shopId?: string): Promise<string> {
  const db = connect({ DATABASE_URL: databaseUrl, DATABASE_POOL: 1 }, quiet);
  try {
    const newShop = { name: "Test shop", currency: "gbp", origins: [] };
    return (await createKey(db, shopId ?? (await createShop(db, newShop)).id, "secret")).key;
  } finally {
    await db.destroy();
  }
}
