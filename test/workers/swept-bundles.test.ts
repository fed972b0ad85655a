import { sql } from "kysely";
import { afterEach, expect, test } from "vitest";
import { NotYet } from "../../src/errors.ts";
import { jobIdOf, type QueueName } from "../../src/queues/hint.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { postponer } from "../../src/workers/postpone.ts";
import { recordFailure } from "../../src/workers/record-failure.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { waitFor } from "../support/wait-for.ts";
import { awaitingPayment, reserving } from "./paying.ts";
import { rejection } from "./post-office.ts";
import { reserveHint, useQueues } from "./queue-desk.ts";

const leaseSeconds = 0.2;
const desk = useQueues({ LEASE_SECONDS: leaseSeconds });
const orders = tableOf("reserve") as WaitingTable;
const queue = (name: QueueName = "reservation") => desk.hints.queue(name);
const queues: QueueName[] = ["reservation", "payment", "status", "notification"];
afterEach(() => Promise.all(queues.map((name) => queue(name).obliterate({ force: true }))));

test("a row whose bundle may still wait in line is not sent by itself", async () => {
  const ids = [await reserving(desk, "in-line-1"), await reserving(desk, "in-line-2")];
  desk.hints.send(ids.map((id) => reserveHint(id)));
  const bundle = await waitFor("the bundle", async () => (await queue().getWaiting())[0]);
  const leasesEnd = () =>
    waitFor("the leases to end", async () => {
      const late = await desk.db
        .selectFrom("orders")
        .select("id")
        .where("id", "in", ids)
        .where("due_at", "<", sql<Date>`now()`)
        .execute();
      return late.length === 2 && Date.now() - bundle.timestamp > leaseSeconds * 1_000;
    });
  for (let sweep = 0; sweep < 4; sweep++) {
    await leasesEnd();
    expect(await sweepDue(desk, orders)).toBeGreaterThanOrEqual(2);
    expect((await queue().getWaiting()).map(({ id }) => id)).toEqual([bundle.id]);
  }

  // It was lost: nothing waits that is as old as their hints.
  await bundle.remove();
  await leasesEnd();
  await sweepDue(desk, orders);
  await waitFor("their own jobs", async () => (await queue().getWaitingCount()) >= 2 || undefined);
  const own = await queue().getWaiting();
  expect(own.map(({ id }) => id)).toEqual(
    expect.arrayContaining(ids.map((id) => jobIdOf(reserveHint(id)))),
  );
});

/** Sweeps the row, while its queue is a minute behind: the ids of its own jobs that wait then. */
async function sweptBehind(name: QueueName, kind: string, id: string): Promise<string[]> {
  const timestamp = Date.now() - 60_000;
  await queue(name).add("another", {}, { jobId: "the-oldest", timestamp });
  const table = tableOf(kind) as WaitingTable;
  await sql`UPDATE ${sql.table(table.name)} SET due_at = now(), sweeps = 0
    WHERE id = ${id}`.execute(desk.db);
  expect(await sweepDue(desk, table)).toBeGreaterThanOrEqual(1);
  // Hints are sent without waiting: they have arrived when a later job has.
  await queue(name).add("another", {}, { jobId: "the-last" });
  const waiting = await queue(name).getWaiting();
  return waiting.flatMap((job) => (job.id?.startsWith(`${kind}-${id}`) ? job.name : []));
}

const payment = async (sku: string) => (await awaitingPayment(desk, sku)).paymentId;
const message = async (sku: string) => (await rejection(desk, sku)).id;

test.each([
  ["an order", "reservation", "reserve", (sku: string) => reserving(desk, sku)],
  ["a payment", "payment", "start_payment", payment],
  ["a message", "notification", "send_message", message],
] as const)("nothing of %s has begun: it waits for its bundle", async (what, name, kind, make) => {
  expect(await sweptBehind(name, kind, await make(`unbegun: ${what}`))).toEqual([]);
});

test.each([
  ["was told to come back", "payment", "start_payment", payment, tellToWait],
  ["failed for good", "payment", "start_payment", payment, fail],
  ["was refused by a supplier", "notification", "send_message", message, refuseOnce],
  ["has an unknown outcome", "notification", "send_message", message, loseOutcome],
  ["is due for a look", "status", "sync_payment", payment, begin],
] as const)("a row that %s has its own job at once", async (how, name, kind, make, live) => {
  const id = await make(`begun: ${how}`);
  await live(kind, id);
  expect(await sweptBehind(name, kind, id)).toEqual([kind]);
});

async function tellToWait(kind: string, id: string): Promise<void> {
  const told = new NotYet("stripe_no_slot", "More requests wait than Stripe may get.", 60);
  expect(await postponer(desk.db, desk.settings)({ kind, id }, told)).not.toBeNull();
}

async function fail(kind: string, id: string): Promise<void> {
  expect(await recordFailure(desk.db, desk.settings, { kind, id }, "it fails")).not.toBeNull();
}

async function refuseOnce(_kind: string, id: string): Promise<void> {
  const changes = { tries: 1, reason: "sendgrid_rate_limited" };
  await desk.db.updateTable("notifications").set(changes).where("id", "=", id).execute();
}

async function loseOutcome(_kind: string, id: string): Promise<void> {
  const changes = { tries: 1, status: "sending" } as const;
  await desk.db.updateTable("notifications").set(changes).where("id", "=", id).execute();
}

async function begin(_kind: string, id: string): Promise<void> {
  const changes = { status: "pending", intent_id: `pi_${id.slice(0, 8)}` } as const;
  await desk.db.updateTable("payments").set(changes).where("id", "=", id).execute();
}
