import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, onTestFailed, test } from "vitest";
import { queues } from "../../src/queues/index.ts";
import { tableOf } from "../../src/queues/waiting-rows.ts";
import { type Dice, dice } from "../support/dice.ts";
import { signInAt } from "../support/operators.ts";
import { waitFor } from "../support/wait-for.ts";
import { actAtStripe, placeMany, untilAllIsWell, untilPayable, useTrack } from "./race-track.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const count = full ? 1_000 : 100;
const fewestOthers = 50;
const each = 3;
const track = useTrack({ COMPARISON_SETTLE_SECONDS: "0.5" }, ["web", "worker"]);

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
  const edits = await chooseEdits(chance);
  await failJobs(edits);
  const before = await stateOfAll();
  await editJobs(edits, chance);

  const { headers } = await signInAt(track.world, "operator");
  for (const { name } of queues) {
    const answer = await fetch(`${track.world.apiUrl}/ops/queues/api/queues/${name}/retry/failed`, {
      method: "PUT",
      headers,
    });
    expect(answer.status).toBe(200);
  }
  await untilWorked();
  // Those that failed again did so for another reason: their handlers were asked.
  const senseless = (await failedJobs()).filter((job) => /^malformed/.test(job.failedReason));
  expect(senseless.map(({ data }) => data)).toEqual([]);
  expect(await stateOfAll()).toEqual(before);
  await untilAllIsWell(track);
  console.log(`F32: ${edits.length} jobs were retried, of ${queues.length} queues`);
}, 300_000);

/** Orders that stand in every place where an order can come to rest, or wait for a customer. */
async function makeOrders(): Promise<void> {
  const { store } = track;
  const stripe = track.standIns.stripe;
  await store.sell("Retried", 6 * each);
  const ids = await placeMany(track, "Retried", 5 * each);
  const racers = await untilPayable(track, "Retried", ids.length);
  const [paid, refunded, cancelled, slow] = [0, 1, 2, 3].map((nth) =>
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

/** Jobs of every kind that stand in the failed sets, since they made no sense. */
async function failJobs(wanted: readonly Edited[]): Promise<void> {
  for (const [nth, { queue, kind }] of wanted.entries()) {
    const options = { attempts: 1, removeOnComplete: true, jobId: `old-${nth}` };
    await track.hints.queue(queue).add(kind, {}, options);
  }
  await waitFor("all of them to fail", async () => (await failedJobs()).length === wanted.length);
}

async function failedJobs() {
  const sets = queues.map(({ name }) => track.hints.queue(name).getFailed());
  return (await Promise.all(sets)).flat();
}

type Edited = { queue: (typeof queues)[number]["name"]; kind: string; id: string };

/** Each kind of job with every row of its own, then any kind with a row of any, or with none. */
async function chooseEdits(chance: Dice): Promise<Edited[]> {
  const { rows } = await sql<{ table: string; id: string }>`
    SELECT 'orders' AS "table", id::text FROM orders
    UNION ALL SELECT 'payments', id::text FROM payments
    UNION ALL SELECT 'refunds', id::text FROM refunds
    UNION ALL SELECT 'notifications', id::text FROM notifications
    UNION ALL SELECT 'webhook_events', id FROM webhook_events
    UNION ALL SELECT 'stripe_cursors', name FROM stripe_cursors`.execute(track.db);
  const kinds = queues.flatMap(({ name: queue, jobs }) =>
    Object.keys(jobs).map((kind) => ({ queue, kind })),
  );
  const own = kinds.flatMap(({ queue, kind }) =>
    rows
      .filter(({ table }) => table === tableOf(kind)?.name)
      .map(({ id }) => ({ queue, kind, id })),
  );
  const anyIds = [...rows.map(({ id }) => id), randomUUID(), "evt_never_sent"];
  const others = Array.from({ length: Math.max(fewestOthers, count - own.length) }, () => ({
    ...chance.pick(kinds),
    id: chance.pick(anyIds),
  }));
  return chance.shuffled([...own, ...others]);
}

async function editJobs(edits: readonly Edited[], chance: Dice): Promise<void> {
  for (const [nth, { queue, id }] of edits.entries()) {
    const job = await track.hints.queue(queue).getJob(`old-${nth}`);
    const hint = { id, version: chance.below(9), order: null };
    await job?.updateData({ ...hint, bucket: chance.below(1_000_000) });
  }
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
