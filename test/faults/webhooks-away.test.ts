import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { layWire, type Wire } from "../support/wire.ts";
import { startTestWorld } from "../support/world.ts";
import { untilAllIsWell } from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
/** For so long PostgreSQL is away at least: what PostgreSQL's restart on a busy host may take. */
const outageMs = full ? 60_000 : 0;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

let database: TestDatabase;
let db: Db;
let postgres: Wire;
let world: World;
let store: Storefront;

beforeAll(async () => {
  database = await createDatabase();
  db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 2 }, quiet);
  postgres = await layWire(database.url);
  world = await startTestWorld({
    processes: ["web", "worker"],
    settings: { DATABASE_URL: postgres.url, SANDBOX_WEBHOOK_RETRY_MS: "250" },
  });
  store = await openStorefront({ ...world, databaseUrl: database.url });
  await store.sell("Told", 10_000);
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await postgres?.down();
  await db?.destroy();
  await database?.drop();
});

type Delivery = { id: string; state: string; attempts: number; lastAnswer: unknown };

/** Orders whose customers are about to pay, and their intents. */
async function payable(count: number): Promise<{ id: string; intent: string }[]> {
  const orders = await Promise.all(
    range(count).map(() => store.order([{ sku: "Told", quantity: 1 }])),
  );
  return await Promise.all(
    orders.map(async ({ id }) => ({ id, intent: await store.untilPayable(id, 60_000) })),
  );
}

/** How the deliveries stand of all events that were emitted after so many. */
async function deliveriesAfter(count: number): Promise<Delivery[]> {
  const { body } = await store.sandbox<Delivery[]>("GET", "/_sandbox/stripe/deliveries");
  return body.slice(count);
}

/** Posts an event as Stripe would, of an intent, under an id of its own. */
async function post(intent: string, id = `evt_${randomUUID()}`) {
  const object = { object: "payment_intent", id: intent, metadata: {} };
  const head = { id, object: "event", created: 1_795_000_000, data: { object } };
  const body = JSON.stringify({ ...head, type: "payment_intent.processing" });
  const at = Math.floor(Date.now() / 1_000);
  const secret = world.settings["STRIPE_WEBHOOK_SECRET"] ?? "";
  const signature = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  const startedAt = performance.now();
  const answer = await fetch(`${world.apiUrl}/v1/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json", "stripe-signature": `t=${at},v1=${signature}` },
    body,
  });
  await answer.arrayBuffer();
  const retryAfter = Number(answer.headers.get("retry-after"));
  return { id, status: answer.status, retryAfter, milliseconds: performance.now() - startedAt };
}

async function isStored(id: string): Promise<boolean> {
  const rows = await db.selectFrom("webhook_events").select("id").where("id", "=", id).execute();
  return rows.length > 0;
}

test("F24: events sent while PostgreSQL is away are all applied once it is back", async () => {
  const orders = await payable(full ? 500 : 20);
  const before = (await deliveriesAfter(0)).length;
  await postgres.down();
  const downAt = performance.now();
  const refused = await post(orders[0]?.intent ?? "");
  expect(refused.status).toBe(503);
  expect(refused.retryAfter).toBeGreaterThan(0);
  expect(refused.milliseconds).toBeLessThan(2_000);
  for (const { intent } of orders) {
    await store.sandbox("POST", `/_sandbox/stripe/intents/${intent}/pay`, { body: {} });
  }
  await waitFor(
    "every event to be refused",
    async () => {
      const deliveries = await deliveriesAfter(before);
      expect(deliveries.filter(({ state }) => state === "delivered")).toEqual([]);
      const isOver = performance.now() - downAt > outageMs;
      const isTold = deliveries.length >= orders.length;
      return isOver && isTold && deliveries.every((each) => each.attempts > 0);
    },
    { timeoutMs: outageMs + 60_000 },
  );
  expect(await isStored(refused.id)).toBe(false);

  await postgres.up();
  const startedAt = performance.now();
  await Promise.all(orders.map(({ id }) => store.until(id, "paid", 30_000)));
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`F24: ${orders.length} orders are paid ${seconds.toFixed(1)} s after the outage`);
  await waitFor(
    "Stripe to have delivered every event",
    async () => (await deliveriesAfter(before)).every((each) => each.state === "delivered"),
    { timeoutMs: 2 * outageMs + 60_000 },
  );
  await allIsWell();
}, 300_000);

test("F25: 100 webhooks a second are answered at once, whatever they make us do", async () => {
  const orders = await payable(20);
  const count = full ? 3_000 : 500;
  const answers = await atPace(100, count, (nth) => post(orders[nth % 20]?.intent ?? ""));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const share = (part: number) => Math.round(sorted[Math.floor(part * sorted.length)] ?? 0);
  console.log(`F25: p50 ${share(0.5)} ms, p99 ${share(0.99)} ms, of ${count} (aim 200 ms)`);
  // The aim is for a machine that does nothing else: test:full has it for this alone.
  expect(share(0.99)).toBeLessThan(full ? 200 : 1_000);
  for (const { id } of answers) expect(await isStored(id)).toBe(true);
  await allIsWell();
}, 120_000);

/** Every event is settled, and all books agree. */
async function allIsWell(): Promise<void> {
  await waitFor(
    "the inbox to be settled",
    async () => {
      const waiting = await db
        .selectFrom("webhook_events")
        .select("id")
        .where("status", "=", "received")
        .execute();
      return waiting.length === 0;
    },
    { timeoutMs: 30_000 },
  );
  const standIns = { stripe: world.sandboxUrl, mail: world.sandboxUrl };
  await untilAllIsWell({ db, standIns }, { patienceSeconds: 10 });
}

/** Begins an act so often a second, whether or not those before have ended. */
async function atPace<Answer>(
  perSecond: number,
  count: number,
  act: (nth: number) => Promise<Answer>,
): Promise<Answer[]> {
  const acts: Promise<Answer>[] = [];
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, ((performance.now() - startedAt) / 1_000) * perSecond);
      while (acts.length < due) acts.push(act(acts.length));
      if (acts.length < count) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  return await Promise.all(acts);
}
