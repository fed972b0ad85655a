import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { World } from "../../scripts/world/world.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { testRedisUrl } from "../support/redis.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { layWire, type Wire } from "../support/wire.ts";
import { startTestWorld } from "../support/world.ts";

let database: TestDatabase;
let postgres: Wire;
let redis: Wire;
let world: World;
let store: Storefront;

beforeAll(async () => {
  database = await createDatabase();
  postgres = await layWire(database.url);
  redis = await layWire(testRedisUrl());
  await redis.down();
  world = await startTestWorld({
    processes: ["web", "worker"],
    settings: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
  });
  store = await openStorefront({ ...world, databaseUrl: database.url });
  await store.sandbox("POST", "/_sandbox/stripe/auto_pay", { body: { on: true } });
  await store.sell("Away", 1_000);
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await Promise.all([postgres?.down(), redis?.down()]);
  await database?.drop();
});

const line = { sku: "Away", quantity: 1 };

async function post(key: string) {
  const started = performance.now();
  const answer = await fetch(`${world.apiUrl}/v1/orders`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${store.secretKey}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify({ contact: { email: "a@shop.example", name: "A" }, lines: [line] }),
  });
  const body = (await answer.json()) as { id: string };
  const seconds = (performance.now() - started) / 1_000;
  return { status: answer.status, retryAfter: answer.headers.get("retry-after"), seconds, body };
}

/** The same request again, as Retry-After asks for, until it is taken. */
async function untilTaken(key: string, timeoutMs: number): Promise<string> {
  return await waitFor(
    "the order to be taken",
    async () => {
      const { status, body } = await post(key);
      return status === 202 ? body.id : undefined;
    },
    { timeoutMs },
  );
}

describe("without Redis", () => {
  test("web starts, takes orders, and they end paid once Redis is there", async () => {
    const ready = await fetch(`${world.apiUrl}/readyz`);
    expect(ready.status).toBe(200);
    const taken = await Promise.all([post(randomUUID()), post(randomUUID())]);
    expect(taken.map(({ status }) => status)).toEqual([202, 202]);
    await redis.up();
    for (const { body } of taken) await store.until(body.id, "paid", 30_000);
  }, 60_000);

  test("orders placed while it is stopped end paid once it is back", async () => {
    await redis.down();
    const taken = await Promise.all([post(randomUUID()), post(randomUUID())]);
    expect(taken.map(({ status }) => status)).toEqual([202, 202]);
    await redis.up();
    for (const { body } of taken) await store.until(body.id, "paid", 30_000);
  }, 60_000);

  test("orders placed while it is frozen end paid once it answers", async () => {
    redis.silence();
    const taken = await Promise.all([post(randomUUID()), post(randomUUID())]);
    expect(taken.map(({ status }) => status)).toEqual([202, 202]);
    redis.speak();
    for (const { body } of taken) await store.until(body.id, "paid", 30_000);
  }, 60_000);
});

describe("without PostgreSQL", () => {
  const ways = [
    ["is stopped", () => postgres.down(), () => postgres.up()],
    ["is frozen", async () => postgres.silence(), async () => postgres.speak()],
  ] as const;

  test.each(ways)(
    "web answers 503 within two seconds while it %s, and then works",
    async (_, fail, heal) => {
      await fail();
      const key = randomUUID();
      for (let ask = 0; ask < 3; ask++) {
        const { status, retryAfter, seconds } = await post(key);
        expect(status).toBe(503);
        expect(Number(retryAfter)).toBeGreaterThan(0);
        expect(seconds).toBeLessThan(2);
      }
      const { pid } = world.child("web");
      await heal();
      const id = await untilTaken(key, 15_000);
      await store.until(id, "paid", 30_000);
      expect(world.child("web").pid).toBe(pid);
    },
    60_000,
  );
});

describe("after a failover that leaves connections hanging", () => {
  test("no process has to be started anew, and orders go on", async () => {
    const pids = ["web", "worker"].map((name) => world.child(name).pid);
    const before = await store.order([line]);
    postgres.strand();
    redis.strand();
    const id = await untilTaken(randomUUID(), 20_000);
    for (const order of [id, before.id]) await store.until(order, "paid", 30_000);
    expect(["web", "worker"].map((name) => world.child(name).pid)).toEqual(pids);
  }, 90_000);
});
