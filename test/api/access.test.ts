import { randomBytes, randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { createKey, createShop, revokeKey } from "../../src/orders/shops.ts";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, placeOrder } from "../support/shop-floor.ts";
import { waitFor } from "../support/wait-for.ts";
import { toEndpoints } from "./access-to-endpoints.ts";

const api = useApi();
const someToken = randomBytes(32).toString("base64url");
const principals: Record<string, string> = {};
let orderId = "";

beforeAll(async () => {
  await addProduct(api, "MUG", { stock: 100 });
  const [ours, theirs] = [await placeOrder(api, "MUG"), await placeOrder(api, "MUG")];
  const other = await createShop(api.db, { name: "Other", currency: "gbp", origins: [] });
  const revoked = await createKey(api.db, api.shop.id, "secret");
  await revokeKey(api.db, revoked.id);
  orderId = ours.body.id;
  Object.assign(principals, {
    nobody: "",
    secret: api.secretKey,
    publishable: api.publishableKey,
    token: ours.body.orderToken,
    "another order's token": theirs.body.orderToken,
    "a made-up token": someToken,
    "another shop": (await createKey(api.db, other.id, "secret")).key,
    "a revoked key": revoked.key,
    "a made-up key": `sk_${someToken}`,
  });
});

const product = { name: "Cup", priceMinor: 1, currency: "gbp" };
const movement = { kind: "receive", quantity: 1, reason: "Delivery" };
const order = { contact: buyer, lines: [{ sku: "MUG", quantity: 1 }] };

const back = { lines: [{ sku: "MUG", quantity: 1, restock: true }], refund: "none" };

/** Whoever has no business with the order. */
const strangers = {
  publishable: 403,
  "another shop": 404,
  "another order's token": 404,
  "a made-up token": 404,
};

/** The customer has none with what the shop does. */
const byShop = { token: 403, ...strangers };

/** Each operation, and what each principal gets; whoever is not named gets a 401. */
const matrix: [string, string, unknown, Record<string, number>][] = [
  ["POST", "/v1/orders", order, { secret: 202, publishable: 202, "another shop": 202 }],
  ["GET", "/v1/orders", undefined, { secret: 200, publishable: 403, "another shop": 200 }],
  ...["", "/events"].map((rest): [string, string, unknown, Record<string, number>] => [
    "GET",
    `/v1/orders/{id}${rest}`,
    undefined,
    { secret: 200, token: 200, ...strangers },
  ]),
  ["GET", "/v1/events", undefined, { secret: 200, publishable: 403, "another shop": 200 }],
  ["PUT", "/v1/products/CUP", product, { secret: 201, publishable: 403, "another shop": 200 }],
  ["GET", "/v1/products", undefined, { secret: 200, publishable: 200, "another shop": 200 }],
  ["GET", "/v1/stock/MUG", undefined, { secret: 200, publishable: 403, "another shop": 200 }],
  [
    "POST",
    "/v1/stock/MUG/movements",
    movement,
    { secret: 201, publishable: 403, "another shop": 201 },
  ],
  ...["GET", "POST"].map((method): [string, string, unknown, Record<string, number>] => [
    method,
    "/v1/orders/{id}/refunds",
    method === "GET" ? undefined : { reason: "damaged" },
    {
      // Nobody has paid it: who may ask is told so.
      secret: method === "GET" ? 200 : 409,
      token: 403,
      ...strangers,
    },
  ]),
  ["POST", "/v1/orders/{id}/shipments", { carrier: "Van" }, { secret: 409, ...byShop }],
  ["POST", "/v1/orders/{id}/returns", back, { secret: 409, ...byShop }],
  ["POST", "/v1/orders/{id}/payment/refresh", undefined, { secret: 200, token: 200, ...strangers }],
  ...toEndpoints,
  // It was checked out when it was placed; and nobody says which version they saw.
  ["POST", "/v1/orders/{id}/checkout", undefined, { secret: 409, token: 409, ...strangers }],
  ["PATCH", "/v1/orders/{id}", { lines: order.lines }, { secret: 428, token: 428, ...strangers }],
  ["POST", "/v1/orders/{id}/cancel", undefined, { secret: 200, token: 200, ...strangers }],
];

describe("who may do what", () => {
  test.each(matrix)("%s %s", async (method, path, json, wanted) => {
    const address = path.replace("{id}", orderId).replace("{none}", randomUUID());
    const given: Record<string, number> = {};
    for (const [name, as] of Object.entries(principals)) {
      const answer = await api.ask(address, { method, ...(as ? { as } : {}), json });
      given[name] = answer.status;
      if (answer.status === 401) expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    }
    const expected = Object.fromEntries(
      Object.keys(principals).map((name) => [name, wanted[name] ?? 401]),
    );
    expect(given).toEqual(expected);
  });

  test("every address under /v1 stands in this matrix", async () => {
    const { body } = await api.ask("/openapi.json");
    const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const tried = matrix.map(
      ([method, path]) =>
        `${method} ${path.replace(/(stock|products)\/\w+/, "$1/{sku}").replace("{none}", "{id}")}`,
    );
    const signed = ["stripe", "sendgrid", "twilio"].map((who) => `POST /v1/webhooks/${who}`);
    expect(described.sort()).toEqual([...tried, ...signed].sort());
  });
});

test("tells nothing of what exists: another's order looks like one that never was", async () => {
  const asOther = principals["another shop"] ?? "";
  const theirs = await api.ask(`/v1/orders/${orderId}`, { as: asOther });
  const nobodys = await api.ask(`/v1/orders/${crypto.randomUUID()}`, { as: asOther });
  const { requestId: _, ...shown } = theirs.body;
  expect(nobodys.body).toMatchObject(shown);
});

test("a key is refused within five seconds of being revoked, and stored only hashed", async () => {
  const { key, id } = await createKey(api.db, api.shop.id, "secret");
  expect((await api.ask("/v1/orders", { as: key })).status).toBe(200);
  await revokeKey(api.db, id);
  const { hash, prefix } = await api.db
    .selectFrom("api_keys")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  expect(hash.toString("latin1")).not.toContain(key);
  expect([prefix, prefix.length]).toEqual([key.slice(0, 9), 9]);
  const refused = async () => (await api.ask("/v1/orders", { as: key })).status === 401;
  await waitFor("the key to be refused", refused, { timeoutMs: 6_000 });
});

describe("pages of other sites", () => {
  const origin = "https://shop.example";
  const preflight = (from: string) =>
    api.ask("/v1/orders", {
      method: "OPTIONS",
      headers: { origin: from, "access-control-request-method": "POST" },
    });

  test("may ask beforehand when any shop has their origin", async () => {
    const granted = await preflight(origin);
    expect(granted.status).toBe(204);
    expect(granted.headers.get("access-control-allow-origin")).toBe(origin);
    expect(granted.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
    for (const name of ["Last-Event-ID", "Prefer"]) {
      expect(granted.headers.get("access-control-allow-headers")).toContain(name);
    }
    expect(granted.headers.get("access-control-allow-methods")).toContain("PATCH");
    for (const stranger of ["https://evil.example", "https://shop.example.evil", "null"]) {
      const refused = await preflight(stranger);
      expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
        204,
        null,
      ]);
    }
  });

  test("read an answer only if the shop of its key or its order has their origin", async () => {
    const { body } = await placeOrder(api, "MUG");
    const ask = async (path: string, as: string, from: string) => {
      const { headers } = await api.ask(path, { as, headers: { origin: from } });
      expect(headers.get("vary")).toBe("Origin");
      return headers.get("access-control-allow-origin");
    };
    expect(await ask("/v1/products", api.publishableKey, origin)).toBe(origin);
    expect(await ask(`/v1/orders/${body.id}`, body.orderToken, origin)).toBe(origin);
    expect(await ask("/v1/products?limit=0", api.publishableKey, origin)).toBe(origin);
    expect(await ask("/v1/products", api.publishableKey, "https://evil.example")).toBeNull();
    expect(await ask("/v1/products", principals["another shop"] ?? "", origin)).toBeNull();
  });

  test("read a fault that is nobody's only if any shop has their origin", async () => {
    const missing = `/v1/orders/${crypto.randomUUID()}`;
    for (const [path, as, status] of [
      ["/v1/products", "", 401],
      ["/v1/products", `pk_${someToken}`, 401],
      [missing, someToken, 404],
    ] as const) {
      for (const from of [origin, "https://evil.example"]) {
        const answer = await api.ask(path, { as, headers: { origin: from } });
        expect(answer.status).toBe(status);
        expect(answer.headers.get("access-control-allow-origin")).toBe(
          from === origin ? origin : null,
        );
      }
    }
  });
});
