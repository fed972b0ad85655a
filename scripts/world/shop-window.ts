import { randomUUID } from "node:crypto";
import type { JsonClient } from "./json-client.ts";
import { localCurrency } from "./local-shop.ts";

const products = [
  { sku: "MUG-BLUE", name: "Mug, blue", priceMinor: 895 },
  { sku: "TEAPOT-2-CUP", name: "Teapot for two", priceMinor: 2450 },
  { sku: "TEA-EARL-GREY", name: "Earl Grey, 50 bags", priceMinor: 420 },
  { sku: "LAST-ONE", name: "Sold out: order it to see a rejection", priceMinor: 9900, stock: 0 },
  { sku: "ONLY-ONE", name: "Vase, the only one", priceMinor: 6400, stock: 1 },
];
const wantedStock = 100;

/** Puts a few goods into the local shop, as a back office would, and fills up what was sold. */
export async function fillShop(ask: JsonClient): Promise<number> {
  for (const { sku, name, priceMinor, stock = wantedStock } of products) {
    const body = { name, priceMinor, currency: localCurrency, active: true };
    await ask("PUT", `/v1/products/${sku}`, { body });
    const level = await ask<{ available: number }>("GET", `/v1/stock/${sku}`);
    const quantity = stock - level.body.available;
    if (quantity <= 0) continue;
    await ask("POST", `/v1/stock/${sku}/movements`, {
      body: { kind: "receive", quantity, reason: "Opening stock of the local shop" },
      idempotencyKey: randomUUID(),
    });
  }
  return products.length;
}
