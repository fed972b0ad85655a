import { beforeAll, describe, expect, test } from "vitest";
import { createShop } from "../../src/orders/shops.ts";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();
const put = (sku: string, json: object) =>
  api.ask(`/v1/products/${encodeURIComponent(sku)}`, { method: "PUT", as: api.secretKey, json });
const cup = { name: "Cup", priceMinor: 500, currency: "gbp" };
const skusOf = (body: { data: { sku: string }[] }) => body.data.map(({ sku }) => sku);

beforeAll(async () => {
  for (const currency of ["usd", "isk"]) {
    await createShop(api.db, { name: `Shop in ${currency}`, currency, origins: [] });
  }
});

describe("products", () => {
  test("are added once and replaced from then on, whatever the case of their SKU", async () => {
    expect(await put("Cup-A/1 x", cup)).toMatchObject({
      status: 201,
      body: { ...cup, sku: "Cup-A/1 x", active: true },
    });
    const again = { ...cup, priceMinor: 600, active: false };
    expect(await put("CUP-A/1 X", again)).toMatchObject({
      status: 200,
      body: { ...again, sku: "CUP-A/1 X" },
    });
  });

  test("keep an order's price when their own changes", async () => {
    await addProduct(api, "PLATE", { priceMinor: 100 });
    const { body } = await placeOrder(api, "PLATE", 3);
    await addProduct(api, "PLATE", { priceMinor: 999 });
    const read = await api.ask(`/v1/orders/${body.id}`, { as: body.orderToken });
    expect(read.body.totalMinor).toBe(300);
  });

  test("are shown whole to the shop, to browsers only what it can sell", async () => {
    await put("LIST-1", cup);
    await addProduct(api, "LIST-2", { stock: 2 });
    await put("LIST-3", { ...cup, active: false });
    await put("LIST-4", { ...cup, currency: "usd" });
    const query = "/v1/products?after=list-&limit=4";
    const shop = await api.ask(query, { as: api.secretKey });
    expect(skusOf(shop.body)).toEqual(["LIST-1", "LIST-2", "LIST-3", "LIST-4"]);
    expect(shop.body.data[1]).toMatchObject({
      active: true,
      available: true,
      stock: { sku: "LIST-2", location: "main", onHand: 2, reserved: 0, safety: 0, available: 2 },
    });
    const browser = await api.ask("/v1/products?after=list-&limit=2", { as: api.publishableKey });
    expect(browser.body.data).toEqual([
      { sku: "LIST-1", ...cup, available: false },
      { sku: "LIST-2", name: "Product LIST-2", priceMinor: 250, currency: "gbp", available: true },
    ]);
  });

  test("are no longer available once an order holds the last", async () => {
    await addProduct(api, "ONLY", { stock: 1 });
    const { body } = await placeOrder(api, "ONLY");
    await reserve(api, body.id);
    const list = await api.ask("/v1/products?after=onl&limit=1", { as: api.publishableKey });
    expect(list.body.data).toMatchObject([{ sku: "ONLY", available: false }]);
  });

  test("come page by page, in the order of their SKUs", async () => {
    for (const sku of ["page-b", "PAGE-A", "Page-C"]) await put(sku, cup);
    const seen: string[] = [];
    let after = "page-";
    for (let pages = 0; pages < 5; pages++) {
      const { body } = await api.ask(`/v1/products?limit=2&after=${after}`, { as: api.secretKey });
      seen.push(...skusOf(body).filter((sku) => sku.toLowerCase().startsWith("page-")));
      if (body.nextCursor === null) break;
      after = encodeURIComponent(body.nextCursor);
    }
    expect(seen).toEqual(["PAGE-A", "page-b", "Page-C"]);
  });

  test.each([
    ["no name", { ...cup, name: "" }, "name"],
    ["a negative price", { ...cup, priceMinor: -1 }, "priceMinor"],
    ["a price in pounds", { ...cup, priceMinor: 2.5 }, "priceMinor"],
    ["a price beyond Stripe's", { ...cup, priceMinor: 100_000_000 }, "priceMinor"],
    ["an unknown currency", { ...cup, currency: "zzz" }, "currency"],
    ["a currency of no shop", { ...cup, currency: "eur" }, "currency"],
    ["a price in parts of a króna", { ...cup, currency: "isk", priceMinor: 550 }, "priceMinor"],
    ["an unknown field", { ...cup, price: 1 }, "price"],
  ])("are refused with %s", async (_what, json, field) => {
    expect(await put("BAD", json)).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });

  test("of another currency can't be ordered together with the shop's own", async () => {
    await put("DOLLAR", { ...cup, currency: "usd" });
    const lines = [{ sku: "DOLLAR", quantity: 1 }];
    const json = { contact: buyer, lines };
    expect(await api.ask("/v1/orders", { as: api.publishableKey, json })).toMatchObject({
      status: 422,
      body: { type: "/problems/unavailable_goods", errors: [{ field: "lines[0].sku" }] },
    });
  });
});
