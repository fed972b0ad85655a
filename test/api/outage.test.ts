import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { openApi, type TestApi, webhookSecret } from "../support/api.ts";
import { useDatabase } from "../support/database.ts";
import { type Gate, startGate } from "../support/gate.ts";
import { addProduct, buyer } from "../support/shop-floor.ts";
import { waitFor } from "../support/wait-for.ts";

const database = useDatabase();
let gate: Gate;
let api: TestApi & { close(): Promise<unknown> };

beforeAll(async () => {
  gate = await startGate(database.url);
  api = await openApi(gate.url, { url: "redis://127.0.0.1:1" });
  await addProduct(api, "MUG", { stock: 1_000 });
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  gate.open();
  await api.close();
  await gate.end();
});

const order = { contact: buyer, lines: [{ sku: "MUG", quantity: 1 }] };

const hourMs = 3_600_000;
const origin = "https://shop.example";
const preflight = () =>
  api.ask("/v1/orders", {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });
const isBack = () =>
  waitFor("PostgreSQL to be back", async () => (await api.ask("/readyz")).status === 200);

/** An event that Stripe signed: without a 200 it will send it again. */
function deliverEvent() {
  const event = {
    id: `evt_${randomUUID()}`,
    object: "event",
    type: "x",
    created: 1,
    data: { object: {} },
  };
  const body = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: webhookSecret,
  });
  return api.ask("/v1/webhooks/stripe", { body, headers: { "stripe-signature": signature } });
}

/** Everything that a client may ask, all at once, and how long the slowest took. */
async function askEverything(keys: readonly string[]) {
  const startedAt = performance.now();
  const answers = await Promise.all([
    ...keys.map((key) => api.ask("/v1/orders", { as: api.publishableKey, json: order, key })),
    api.ask("/v1/products", { as: api.publishableKey }),
    api.ask("/v1/orders", { as: api.secretKey }),
    api.ask("/v1/orders", { as: `sk_${"x".repeat(43)}` }),
    deliverEvent(),
    preflight(),
  ]);
  return { answers, seconds: (performance.now() - startedAt) / 1_000 };
}

test.each(["close", "freeze"] as const)(
  "answers 503 within two seconds when PostgreSQL is away (%s), and loses nothing",
  async (how) => {
    expect((await api.ask("/v1/products", { as: api.publishableKey })).status).toBe(200);
    expect((await api.ask("/v1/orders", { as: api.secretKey })).status).toBe(200);
    const keys: string[] = Array.from({ length: 150 }, () => randomUUID());
    gate[how]();
    const { answers, seconds } = await askEverything(keys);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    expect(seconds).toBeLessThan(2);
    for (const { headers, body } of answers) {
      expect(body.type).toBe("/problems/unavailable");
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await api.ask("/readyz")).status).toBe(503);
    expect((await api.ask("/livez")).status).toBe(200);

    gate.open();
    await isBack();
    // What became of the first tries nobody knows; under the same keys it is one order each.
    for (const key of keys.slice(0, 20)) {
      const wishes = { as: api.publishableKey, json: order, key };
      const again = await waitFor("the order", async () => {
        const answer = await api.ask("/v1/orders", wishes);
        return answer.status === 202 ? answer : null;
      });
      const twice = await api.ask("/v1/orders", wishes);
      expect(twice.body.id).toBe(again.body.id);
    }
    const { count } = await api.db
      .selectFrom("orders")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    const claimed = await api.db.selectFrom("idempotency_keys").select("key").distinct().execute();
    const placed = claimed.filter(({ key }) => keys.includes(key)).length;
    expect(placed).toBeGreaterThanOrEqual(20);
    expect(count).toBe(claimed.length - 1); // One key was for the stock's movement.
  },
);

test("waits for a lock as long as PostgreSQL lives, then says that a twin is at work", async () => {
  const key = randomUUID();
  await api.db.transaction().execute(async (trx) => {
    await trx
      .insertInto("idempotency_keys")
      .values({
        shop_id: api.shop.id,
        operation: "place_order",
        key,
        fingerprint: Buffer.alloc(32),
        resource_id: "twin",
      })
      .execute();
    const answer = await api.ask("/v1/orders", { as: api.publishableKey, json: order, key });
    expect(answer).toMatchObject({ status: 409, body: { type: "/problems/lock_timeout" } });
    expect(answer.headers.get("retry-after")).toBe("2");
    await trx.deleteFrom("idempotency_keys").where("key", "=", key).execute();
  });
});

test("fails fast when every connection is taken, and still tells its health", async () => {
  const release = Promise.withResolvers<void>();
  const taken = Array.from({ length: api.settings.DATABASE_POOL }, () =>
    api.db.connection().execute(() => release.promise),
  );
  const startedAt = performance.now();
  const answer = await api.ask("/v1/orders", { as: api.publishableKey, json: order });
  expect(answer.status).toBe(503);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect((await api.ask("/readyz")).status).toBe(200);
  release.resolve();
  await Promise.all(taken);
});

test("lets the pages of shops read that there is an outage, however long it lasts", async () => {
  expect((await preflight()).status).toBe(204);
  gate.freeze();
  vi.useFakeTimers({ toFake: ["performance"] });
  for (let looks = 0; looks < 2; looks++) {
    vi.advanceTimersByTime(hourMs);
    const granted = await preflight();
    expect(granted.status).toBe(204);
    expect(granted.headers.get("access-control-allow-origin")).toBe(origin);
    const wishes = { as: api.publishableKey, headers: { origin } };
    const { status, headers } = await api.ask("/v1/products", wishes);
    expect([status, headers.get("access-control-allow-origin")]).toEqual([503, origin]);
    expect(headers.get("access-control-expose-headers")).toContain("Retry-After");
  }
  gate.open();
  await isBack();
});
