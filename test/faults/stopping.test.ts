import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../../scripts/world/world.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { testRedisUrl } from "../support/redis.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { layWire, type Wire } from "../support/wire.ts";
import { startTestWorld } from "../support/world.ts";

const stopSeconds = 5;
/** One of each kind: the roles differ only in their queue, and `worker` has all of them. */
const names = ["web", "payment", "sweeper", "worker"];

let database: TestDatabase;
let postgres: Wire;
let redis: Wire;
let world: World;
let store: Storefront;

beforeAll(async () => {
  database = await createDatabase();
  postgres = await layWire(database.url);
  redis = await layWire(testRedisUrl());
  world = await startTestWorld({
    processes: names,
    redisUrl: redis.url,
    settings: { DATABASE_URL: postgres.url, STOP_SECONDS: String(stopSeconds) },
  });
  store = await openStorefront({ ...world, databaseUrl: database.url });
  await store.sell("Stopped", 100);
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await Promise.all([postgres?.down(), redis?.down()]);
  await database?.drop();
});

const children = () => names.map((name) => world.child(name));

/** Waits until every process has said this since it was started last. */
async function untilAllSay(event: RegExp, which = names): Promise<void> {
  for (const name of which) {
    const { lines } = world.child(name);
    await waitFor(`${name} to say ${event}`, () => lines.some((line) => event.test(line)) || null, {
      timeoutMs: 30_000,
    });
  }
}

function startAll(): void {
  for (const child of children()) {
    child.lines.length = 0;
    child.start();
  }
}

const working = /"message":"(working|listening)"/;

/** Tells them all to stop, and answers what each of them ended with, and how long it took. */
async function stopAll() {
  const started = performance.now();
  return await Promise.all(
    children().map(async (child) => {
      const { code, signal } = await child.kill("SIGTERM");
      const seconds = (performance.now() - started) / 1_000;
      return { name: child.name, code, signal, inTime: seconds <= stopSeconds };
    }),
  );
}

const well = names.map((name) => ({ name, code: 0, signal: null, inTime: true }));

test("every process ends in time when it is idle", async () => {
  await untilAllSay(working);
  expect(await stopAll()).toEqual(well);
}, 60_000);

test("every process ends in time with jobs in its hands, and no order is lost", async () => {
  startAll();
  await untilAllSay(working);
  // Longer than a process may take to stop.
  const slow = { kind: "delay", delayMs: stopSeconds * 1_500 };
  for (const service of ["stripe", "sendgrid", "twilio"]) {
    await store.sandbox("POST", "/_sandbox/faults", { body: { ...slow, service } });
  }
  const unpaid = await store.order([{ sku: "Stopped", quantity: 1 }]);
  const refused = await store.order([{ sku: "Stopped", quantity: 1_000 }]);
  await store.until(unpaid.id, "awaiting_payment");
  await store.until(refused.id, "rejected");
  await waitFor("Stripe and SendGrid to be asked", async () => {
    const { body } = await store.sandbox<Record<string, number>>("GET", "/_sandbox/counts");
    return JSON.stringify(body).includes("payment_intents") || undefined;
  });
  expect(await stopAll()).toEqual(well);

  await fetch(`${world.sandboxUrl}/_sandbox/faults`, { method: "DELETE" });
  startAll();
  await untilAllSay(working);
  await store.untilPayable(unpaid.id, 40_000);
  await store.pay(unpaid.id);
  await store.until(unpaid.id, "paid", 40_000);
}, 90_000);

test("every process ends in time when Redis was stopped", async () => {
  await redis.down();
  await untilAllSay(/redis_lost/);
  expect(await stopAll()).toEqual(well);
}, 60_000);

test("every process ends in time when Redis was never there", async () => {
  startAll();
  await untilAllSay(/redis_lost/);
  await untilAllSay(working, ["web"]);
  expect(await stopAll()).toEqual(well);
  await redis.up();
}, 60_000);

test.each([
  ["PostgreSQL was stopped", () => postgres.down(), () => postgres.up()],
  ["neither PostgreSQL nor Redis says anything", silence, speak],
])(
  "every process ends in time when %s",
  async (_how, fail, heal) => {
    startAll();
    await untilAllSay(working);
    await fail();
    // Somebody asks, so that there is work which can't be done.
    const asked = store.order([{ sku: "Stopped", quantity: 1 }]).catch(() => undefined);
    await fetch(`${world.apiUrl}/readyz`).catch(() => undefined);
    expect(await stopAll()).toEqual(well);
    await heal();
    await asked;
  },
  60_000,
);

async function silence(): Promise<void> {
  for (const wire of [postgres, redis]) wire.silence();
}

async function speak(): Promise<void> {
  for (const wire of [postgres, redis]) wire.speak();
}
