import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, onTestFailed, test } from "vitest";
import { queues } from "../../src/queues/index.ts";
import { tableOf } from "../../src/queues/waiting-rows.ts";
import { dice } from "../support/dice.ts";
import { type AtBrowser, signInAt } from "../support/operators.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  chooseEdits,
  chooseGarbage,
  type Edited,
  editJobs,
  failedJobs,
  failJobs,
} from "./edited-jobs.ts";
import { actAtStripe, placeMany, untilAllIsWell, untilPayable, useTrack } from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const count = full ? 1_000 : 100;
const each = 3;
const track = useTrack({ COMPARISON_SETTLE_SECONDS: "0.5" }, [
  ...["web", "reservation", "payment", "status", "notification", "sweeper"],
]);

/** What tells when a row is looked at next, and what the last look was: retries may change it. */
const clocks = ["due_at", "observed_at", "round", "sweeps", "last_error", "asked_at"];
const tables = [
  ...["orders", "payments", "holds", "stock", "stock_movements", "order_events"],
  ...["refunds", "ledger_entries", "notifications", "payment_failures", "order_contacts", "breaks"],
];

test("F32: retrying old and edited jobs in Bull Board changes nothing", async () => {
  const chance = dice();
  onTestFailed(() => console.error(`seed: ${chance.seed}`));
  await makeOrders();
  await untilAllIsWell(track);
  const edits = [...(await chooseEdits(track, count, chance)), ...chooseGarbage(chance)];
  // It removes failed jobs of which nothing is left to do: those that are to be retried here.
  await track.world.child("sweeper").stop();
  await failJobs(track, edits);
  const before = await stateOfAll();
  await editJobs(track, edits);

  const operator = await signInAt(track.world, "operator");
  await retryAll(edits, operator);
  await untilWorked();
  // Those that failed again did so for another reason: their handlers were asked.
  const senseless = (await failedJobs(track)).filter((job) => noSense.test(job.failedReason));
  const garbage = edits.flatMap(({ isGarbage }, nth) => (isGarbage ? [`old-${nth}`] : []));
  expect(senseless.map(({ id }) => id).sort()).toEqual(garbage.sort());
  expect(await stateOfAll()).toEqual(before);
  track.world.child("sweeper").start();
  await untilAllIsWell(track);
  const isCleared = async () => (await failedJobs(track)).length === 0;
  await waitFor("the sweeper to clear the failed sets", isCleared, { timeoutMs: 60_000 });
  expect(await onRecord(operator)).toEqual({
    count: edits.length,
    jobs: edits.length,
    orders: await countNamingOrders(edits),
  });
  console.log(`F32: ${edits.length} jobs were retried, of ${queues.length} queues`);
}, 300_000);

const noSense = /malformed_payload|unknown_job/;

/** In one queue they are clicked one by one, in the others all together. */
async function retryAll(edits: readonly Edited[], { headers }: AtBrowser): Promise<void> {
  const put = (path: string) =>
    fetch(`${track.world.apiUrl}/ops/queues/api/queues/${path}`, { method: "PUT", headers });
  for (const { name } of queues) {
    const own = edits.flatMap(({ queue }, nth) => (queue === name ? [`old-${nth}`] : []));
    if (name === "notification") {
      for (const id of own) expect((await put(`${name}/${id}/retry`)).status).toBe(204);
    } else {
      const answer = await put(`${name}/retry/failed`);
      expect(await answer.json()).toEqual({ retried: own.length, skipped: 0 });
    }
  }
}

/** Of how many the row that the worker would look at belongs to an order. */
async function countNamingOrders(edits: readonly Edited[]): Promise<number> {
  const { rows } = await sql<{ row: string }>`
    SELECT 'orders ' || id AS row FROM orders
    UNION ALL SELECT 'payments ' || id FROM payments
    UNION ALL SELECT 'refunds ' || id FROM refunds
    UNION ALL SELECT 'disputes ' || id FROM disputes
    UNION ALL SELECT 'notifications ' || id FROM notifications
    UNION ALL SELECT 'breaks ' || id FROM breaks WHERE order_id IS NOT NULL
    UNION ALL SELECT 'webhook_events ' || e.id FROM webhook_events AS e
      JOIN payments AS p ON p.id = e.payment_id OR p.intent_id = e.intent_id`.execute(track.db);
  const known = new Set(rows.map(({ row }) => row));
  const naming = edits.filter(({ kind, data }) => {
    const { id } = Object(data) as { id?: unknown };
    return known.has(`${tableOf(kind)?.name} ${id}`);
  });
  return naming.length;
}

async function onRecord({ name }: AtBrowser) {
  const { rows } = await sql<{ count: number; jobs: number; orders: number }>`
    SELECT count(*) AS count, count(DISTINCT subject) AS jobs, count(order_id) AS orders
    FROM operator_acts WHERE actor = ${`ops:${name}`}`.execute(track.db);
  return rows[0];
}

/** Orders that stand in every place where an order can come to rest, or wait for a customer. */
async function makeOrders(): Promise<void> {
  const { store } = track;
  const stripe = track.standIns.stripe;
  await store.sell("Retried", 7 * each);
  const ids = await placeMany(track, "Retried", 6 * each);
  const racers = await untilPayable(track, "Retried", ids.length);
  const [paid, refunded, cancelled, slow, expired] = [0, 1, 2, 3, 4].map((nth) =>
    racers.slice(nth * each, (nth + 1) * each),
  );
  for (const { intentId } of [...(paid ?? []), ...(refunded ?? [])]) {
    await actAtStripe(stripe, intentId, "pay");
  }
  for (const { intentId } of slow ?? []) {
    await actAtStripe(stripe, intentId, "pay", "pm_usBankAccount_processing");
  }
  for (const { id } of [...(paid ?? []), ...(refunded ?? [])]) await store.until(id, "paid");
  for (const { id } of [...(refunded ?? []), ...(cancelled ?? [])]) {
    const wish = { body: { refund: "full" }, idempotencyKey: randomUUID() };
    await store.shop("POST", `/v1/orders/${id}/cancel`, wish);
    await store.until(id, "cancelled");
  }
  for (const { id } of expired ?? []) {
    const past = { expires_at: new Date(), due_at: new Date() };
    await track.db.updateTable("orders").set(past).where("id", "=", id).execute();
    await store.until(id, "expired");
  }
  const tooMuch = await store.order([{ sku: "Retried", quantity: 1_000 }]);
  await store.until(tooMuch.id, "rejected");
  await waitFor("everything to be sent, and refunds to be back", async () => {
    const { rows } = await sql<{ open: number }>`
      SELECT (SELECT count(*) FROM notifications WHERE status <> 'sent')
        + (SELECT count(*) FROM refunds WHERE status <> 'succeeded')
        + (SELECT count(*) FROM payments WHERE status = 'pending') - ${each}
        + (SELECT count(*) FROM webhook_events WHERE status = 'received') AS open
    `.execute(track.db);
    return rows[0]?.open === 0;
  });
}

/** Waits until each has been worked again: done and gone, or failed once more. */
async function untilWorked(): Promise<void> {
  await waitFor(
    "every job to have been worked again",
    async () => {
      const open = queues.map(({ name }) =>
        track.hints.queue(name).getJobs(["waiting", "active", "delayed"]),
      );
      const left = (await Promise.all(open)).flat().filter((job) => job.id?.startsWith("old-"));
      return left.length === 0;
    },
    { timeoutMs: 60_000 },
  );
}

async function stateOfAll(): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const table of tables) {
    const { rows } = await sql<{ row: object }>`
      SELECT to_jsonb(t) - ${clocks}::text[] AS row FROM ${sql.table(table)} AS t
      ORDER BY t::text COLLATE "C"`.execute(track.db);
    state[table] = rows.map(({ row }) => JSON.stringify(row)).sort();
  }
  const { body } = await track.store.sandbox("GET", "/_sandbox/stripe/ledger");
  const mails = (await track.store.sandbox<object[]>("GET", "/_sandbox/mail")).body.length;
  return { ...state, stripe: body, mails };
}
