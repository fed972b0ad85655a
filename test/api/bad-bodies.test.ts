import { beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, buyer } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(async () => {
  await addProduct(api, "MUG");
  await addProduct(api, "OLD", { active: false });
});

const line = { sku: "MUG", quantity: 1 };
const order = { contact: buyer, lines: [line] };
const address = { line1: "12 Mill Lane", city: "Cambridge", country: "GB" };
const discount = { kind: "discount", name: "Spring", amountMinor: -1 };

/** What is wrong, the body, and the field that the answer must name. */
const wrongBodies: [string, unknown, string][] = [
  ["an unknown SKU", { ...order, lines: [line, { sku: "NOPE", quantity: 1 }] }, "lines[1].sku"],
  ["an inactive SKU", { ...order, lines: [{ sku: "old", quantity: 1 }] }, "lines[0].sku"],
  [
    "a SKU that is too long",
    { ...order, lines: [{ ...line, sku: "x".repeat(65) }] },
    "lines[0].sku",
  ],
  ["a SKU beyond ASCII", { ...order, lines: [{ ...line, sku: "МУГ" }] }, "lines[0].sku"],
  ["a SKU of a number", { ...order, lines: [{ ...line, sku: 85123 }] }, "lines[0].sku"],
  ["quantity zero", { ...order, lines: [{ ...line, quantity: 0 }] }, "lines[0].quantity"],
  ["a negative quantity", { ...order, lines: [{ ...line, quantity: -1 }] }, "lines[0].quantity"],
  ["half a piece", { ...order, lines: [{ ...line, quantity: 0.5 }] }, "lines[0].quantity"],
  [
    "a million and one",
    { ...order, lines: [{ ...line, quantity: 1_000_001 }] },
    "lines[0].quantity",
  ],
  ["a huge quantity", { ...order, lines: [{ ...line, quantity: 1e308 }] }, "lines[0].quantity"],
  ["a quantity of text", { ...order, lines: [{ ...line, quantity: "1" }] }, "lines[0].quantity"],
  ["no quantity", { ...order, lines: [{ sku: "MUG" }] }, "lines[0].quantity"],
  [
    "a price from outside",
    { ...order, lines: [{ ...line, unitPriceMinor: 1 }] },
    "lines[0].unitPriceMinor",
  ],
  ["no lines", { ...order, lines: [] }, "lines"],
  ["lines that are none", { ...order, lines: "MUG" }, "lines"],
  ["1,001 lines", { ...order, lines: Array.from({ length: 1_001 }, () => line) }, "lines"],
  ["a total beyond Stripe's", { ...order, lines: [{ ...line, quantity: 1_000_000 }] }, "lines"],
  ["no contact", { lines: [line] }, "contact"],
  ["no e-mail", { ...order, contact: { name: "Ada" } }, "contact.email"],
  ["a bad e-mail", { ...order, contact: { email: "ada@" } }, "contact.email"],
  ["two lines of e-mail", { ...order, contact: { email: "a@b.co\nBcc: c@d.co" } }, "contact.email"],
  ["a bad phone", { ...order, contact: { ...buyer, phone: "07700 900123" } }, "contact.phone"],
  [
    "a phone of a number",
    { ...order, contact: { ...buyer, phone: 447_700_900_123 } },
    "contact.phone",
  ],
  ["a NUL byte", { ...order, contact: { ...buyer, name: "A\u0000da" } }, "contact.name"],
  ["a line break", { ...order, contact: { ...buyer, name: "Ada\r\nX: y" } }, "contact.name"],
  ["half a character", { ...order, contact: { ...buyer, name: "Ada \ud83d" } }, "contact.name"],
  ["a blank name", { ...order, contact: { ...buyer, name: "   " } }, "contact.name"],
  ["a long name", { ...order, contact: { ...buyer, name: "x".repeat(201) } }, "contact.name"],
  ["another locale", { ...order, contact: { ...buyer, locale: "tlh" } }, "contact.locale"],
  ["an unknown field", { ...order, coupon: "X" }, "coupon"],
  ["an unknown field within", { ...order, contact: { ...buyer, fax: "1" } }, "contact.fax"],
  ["another shop's currency", { ...order, currency: "usd" }, "currency"],
  ["a currency that is none", { ...order, currency: "GBP" }, "currency"],
  [
    "an address without a city",
    { ...order, shippingAddress: { ...address, city: undefined } },
    "shippingAddress.city",
  ],
  [
    "a country by name",
    { ...order, shippingAddress: { ...address, country: "England" } },
    "shippingAddress.country",
  ],
  [
    "a positive discount",
    { ...order, adjustments: [{ ...discount, amountMinor: 1 }] },
    "adjustments[0].amountMinor",
  ],
  [
    "another adjustment",
    { ...order, adjustments: [{ ...discount, kind: "gift" }] },
    "adjustments[0].kind",
  ],
  [
    "a discount of all",
    { ...order, adjustments: [{ ...discount, amountMinor: -250 }] },
    "adjustments",
  ],
  ["no object", [], "body"],
  ["null", null, "body"],
];

describe("POST /v1/orders refuses", () => {
  test.each(wrongBodies)("%s, and names the field", async (_what, json, field) => {
    const { status, headers, body } = await api.ask("/v1/orders", { as: api.secretKey, json });
    expect({ status, fields: body.errors?.map((each: { field: string }) => each.field) }).toEqual({
      status: 422,
      fields: expect.arrayContaining([field]),
    });
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toMatchObject({ status: 422, requestId: headers.get("x-request-id") });
    expect(body.detail).not.toBe("");
  });

  test("goods for nothing, and does not blame adjustments that nobody sent", async () => {
    await addProduct(api, "FREE", { priceMinor: 0 });
    const json = { ...order, lines: [{ sku: "FREE", quantity: 1 }], adjustments: undefined };
    const { status, body } = await api.ask("/v1/orders", { as: api.secretKey, json });
    expect({ status, fields: body.errors }).toEqual({
      status: 422,
      fields: [
        {
          field: "lines",
          message:
            "0.00 GBP is below Stripe's minimum of 0.30 GBP. Add goods, or lower the discount.",
        },
      ],
    });
  });
});
