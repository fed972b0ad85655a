import { describe, expect, test } from "vitest";
import { createKey, createShop } from "../../src/orders/shops.ts";
import { useApi } from "../support/api.ts";
import { buyer } from "../support/shop-floor.ts";

const api = useApi();

/** A shop that sells in a currency: it has one product, and what asks for one of it is sent. */
async function shopIn(currency: string, priceMinor: number) {
  const shop = await createShop(api.db, { name: `Shop in ${currency}`, currency, origins: [] });
  const { key } = await createKey(api.db, shop.id, "secret");
  const sku = `${currency}-${priceMinor}`;
  const product = { name: "A thing", priceMinor, currency };
  const added = await api.ask(`/v1/products/${sku}`, { method: "PUT", as: key, json: product });
  expect(added.status).toBeLessThan(300);
  return (changedByMinor?: number) => {
    const kind = (changedByMinor ?? 0) < 0 ? "discount" : "shipping";
    const adjustments =
      changedByMinor === undefined ? [] : [{ kind, name: "Change", amountMinor: changedByMinor }];
    const json = { contact: buyer, lines: [{ sku, quantity: 1 }], adjustments };
    return api.ask("/v1/orders", { as: key, json });
  };
}

async function orderCount(): Promise<number> {
  const { count } = await api.db
    .selectFrom("orders")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

describe("an order is refused at once when Stripe could never charge its total", () => {
  test.each([
    ["goods below the minimum", "gbp", 29, undefined, "lines"],
    ["goods below the minimum", "huf", 17_400, undefined, "lines"],
    ["goods below the minimum, without decimals", "jpy", 49, undefined, "lines"],
    ["goods for nothing, in a currency without a published minimum", "kwd", 0, undefined, "lines"],
    ["a discount below the minimum", "gbp", 250, -221, "adjustments"],
    ["a discount below the minimum, without decimals", "jpy", 500, -451, "adjustments"],
    ["a discount in parts of a króna", "isk", 50_000, -50, "adjustments"],
    ["a surcharge in parts of a króna", "isk", 50_000, 199, "adjustments"],
    ["a discount in parts of a shilling", "ugx", 500_000, -1, "adjustments"],
    ["a discount in thousandths of a dinar", "kwd", 5_000, -5, "adjustments"],
    ["a surcharge in thousandths of a dinar", "bhd", 5_000, 1_001, "adjustments"],
  ])("%s, in %s", async (_what, currency, priceMinor, changedByMinor, field) => {
    const order = await shopIn(currency, priceMinor);
    const before = await orderCount();
    const refused = await order(changedByMinor);
    expect(refused).toMatchObject({
      status: 422,
      body: { type: "/problems/total_out_of_range", errors: [{ field }] },
    });
    expect(refused.body.errors).toHaveLength(1);
    expect(refused.body.errors[0].message).toContain(` ${currency.toUpperCase()} `);
    expect(await orderCount()).toBe(before);
  });

  test.each([
    ["the very minimum", "gbp", 30, undefined],
    ["the very minimum, without decimals", "jpy", 500, -450],
    ["whole krónur", "isk", 50_000, -100],
    ["whole shillings", "ugx", 500_000, -100],
    ["hundredths of a dinar", "kwd", 5_000, -10],
  ])("but is taken at %s, in %s", async (_what, currency, priceMinor, changedByMinor) => {
    const order = await shopIn(currency, priceMinor);
    const { status, body } = await order(changedByMinor);
    expect([status, body.totalMinor]).toEqual([202, priceMinor + (changedByMinor ?? 0)]);
    expect(body.currency).toBe(currency);
  });
});
