import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { createKey, createShop } from "../../src/orders/shops.ts";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();

beforeAll(async () => {
  await addProduct(api, "85123A", { priceMinor: 255, stock: 1_000 });
  await addProduct(api, "RARE", { priceMinor: 9_900, stock: 1 });
});

describe("placing an order", () => {
  test("prices it from the catalogue and tells its number, its address and its token", async () => {
    const { status, headers, body } = await api.ask("/v1/orders", {
      as: api.publishableKey,
      json: { contact: buyer, lines: [{ sku: "85123a", quantity: 2 }], customerRef: "c-1" },
    });
    expect({ status, body }).toMatchObject({
      status: 202,
      body: {
        status: "reserving",
        closing: null,
        currency: "gbp",
        totalMinor: 510,
        locale: "en",
        customerRef: "c-1",
        lines: [
          {
            sku: "85123A",
            name: "Product 85123A",
            quantity: 2,
            unitPriceMinor: 255,
            totalMinor: 510,
          },
        ],
        adjustments: [],
        expiresAt: null,
        contact: { ...buyer, address: null },
        payment: null,
      },
    });
    expect(body.number).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(headers.get("location")).toBe(`/v1/orders/${body.id}`);
    expect(headers.get("etag")).toBe('"2"');
    const { orderToken, serverTime, ...placed } = body;
    const read = await api.ask(`/v1/orders/${body.id}`, { as: orderToken });
    expect(read).toMatchObject({ status: 200, body: placed });
    expect(read.headers.get("etag")).toBe('"2"');
  });

  test("tells until when its stock is held once it is held", async () => {
    const { body } = await placeOrder(api, "85123A");
    expect(body.expiresAt).toBeNull();
    const read = async () => (await api.ask(`/v1/orders/${body.id}`, { as: body.orderToken })).body;
    expect((await read()).expiresAt).toBeNull();
    await reserve(api, body.id);
    const { expiresAt, serverTime } = await read();
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.parse(serverTime));
  });

  test("keeps from browsers which of the goods that they can't buy exist", async () => {
    await addProduct(api, "HIDDEN", { active: false });
    const lines = ["HIDDEN", "NOT-THERE"].map((sku) => ({ sku, quantity: 1 }));
    const ask = async (as: string) => {
      const { status, body } = await api.ask("/v1/orders", { as, json: { contact: buyer, lines } });
      expect([status, body.type]).toEqual([422, "/problems/unavailable_goods"]);
      return body.errors;
    };
    const message = "This SKU is not sold here.";
    expect(await ask(api.publishableKey)).toEqual([
      { field: "lines[0].sku", message },
      { field: "lines[1].sku", message },
    ]);
    const [hidden, missing] = await ask(api.secretKey);
    expect(hidden.message).toContain("not for sale at present");
    expect(missing.message).toContain("There is no product");
  });

  test("keeps the person out of every column but the sealed one", async () => {
    const email = `canary-${randomUUID()}@example.com`;
    const json = { contact: { ...buyer, email }, lines: [{ sku: "85123A", quantity: 1 }] };
    const { body } = await api.ask("/v1/orders", { as: api.publishableKey, json });
    expect(body.contact.email).toBe(email);
    const { rows } = await sql<{ text: string }>`
      SELECT o::text || c::text || string_agg(e::text, '') AS text
      FROM orders AS o JOIN order_contacts AS c ON c.order_id = o.id
      JOIN order_events AS e ON e.order_id = o.id
      WHERE o.id = ${body.id} GROUP BY o.*, c.*`.execute(api.db);
    expect(rows[0]?.text).toContain(body.number);
    expect(rows[0]?.text).not.toContain("canary");
  });

  test("takes adjustments from a secret key only", async () => {
    const json = {
      contact: buyer,
      lines: [{ sku: "85123A", quantity: 4 }],
      adjustments: [
        { kind: "shipping", name: "Parcel", amountMinor: 350 },
        { kind: "discount", name: "Spring", amountMinor: -100 },
      ],
    };
    const bySecret = await api.ask("/v1/orders", { as: api.secretKey, json });
    expect(bySecret).toMatchObject({ status: 202, body: { totalMinor: 1_270 } });
    expect(bySecret.body.adjustments).toEqual(json.adjustments);
    const byBrowser = await api.ask("/v1/orders", { as: api.publishableKey, json });
    expect(byBrowser).toMatchObject({
      status: 403,
      body: { type: "/problems/adjustments_need_secret_key", errors: [{ field: "adjustments" }] },
    });
  });

  test("makes one order of 50 parallel posts with one key", async () => {
    const key = `parallel-${randomUUID()}`;
    const json = { contact: buyer, lines: [{ sku: "85123A", quantity: 1 }] };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        api.ask("/v1/orders", { as: api.publishableKey, json, key }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(new Set(answers.map(({ body }) => body.orderToken)).size).toBe(1);
    const fresh = answers.filter(({ headers }) => headers.get("idempotent-replayed") !== "true");
    expect(fresh).toHaveLength(1);
  });

  test("answers a replay from the row as it stands, whatever the order of its fields", async () => {
    const key = `replay-${randomUUID()}`;
    const lines = [{ sku: "85123A", quantity: 3 }];
    const wishes = { as: api.publishableKey, key };
    const first = await api.ask("/v1/orders", { ...wishes, json: { contact: buyer, lines } });
    await reserve(api, first.body.id);
    const { email, phone, name } = buyer;
    const again = await api.ask("/v1/orders", {
      ...wishes,
      json: { lines: [{ quantity: 3, sku: "85123A" }], contact: { name, phone, email } },
    });
    expect(again).toMatchObject({
      status: 202,
      body: { id: first.body.id, status: "awaiting_payment", orderToken: first.body.orderToken },
    });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
  });

  test("refuses a key that came with another request, frees that of a refused one", async () => {
    const key = `reused-${randomUUID()}`;
    const ask = (sku: string) =>
      api.ask("/v1/orders", {
        as: api.publishableKey,
        key,
        json: { contact: buyer, lines: [{ sku, quantity: 1 }] },
      });
    expect(await ask("NOT-THERE")).toMatchObject({
      status: 422,
      body: { type: "/problems/unavailable_goods", errors: [{ field: "lines[0].sku" }] },
    });
    expect((await ask("85123A")).status).toBe(202);
    expect(await ask("RARE")).toMatchObject({
      status: 422,
      body: { type: "/problems/idempotency_key_reused" },
    });
  });

  test("lets two shops use the same key for orders of their own", async () => {
    const other = await createShop(api.db, { name: "Other", currency: "gbp", origins: [] });
    const { key: otherKey } = await createKey(api.db, other.id, "secret");
    const wishes = {
      key: `shared-${randomUUID()}`,
      json: { contact: buyer, lines: [{ sku: "85123A", quantity: 1 }] },
    };
    const ours = await api.ask("/v1/orders", { ...wishes, as: api.secretKey });
    const theirs = await api.ask("/v1/orders", { ...wishes, as: otherKey });
    expect([ours.status, theirs.status]).toEqual([202, 202]);
    expect(ours.body.id).not.toBe(theirs.body.id);
    expect((await api.ask(`/v1/orders/${ours.body.id}`, { as: otherKey })).status).toBe(404);
  });
});
