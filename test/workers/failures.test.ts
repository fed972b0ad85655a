import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { jobIdOf } from "../../src/queues/hint.ts";
import { paymentQueue } from "../../src/queues/payment.ts";
import { reservationQueue } from "../../src/queues/reservation.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { clearFailedJobs } from "../../src/workers/clear-failed-jobs.ts";
import { paymentHandlers } from "../../src/workers/payment.ts";
import { recordFailure } from "../../src/workers/record-failure.ts";
import { reservationHandlers } from "../../src/workers/reservation.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { quiet } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { layWire } from "../support/wire.ts";
import {
  awaitingPayment,
  orderOf,
  type Paying,
  payingMeans,
  paymentOf,
  reserving,
  untilPaymentIs,
  work,
} from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const backoffs = [600, 1_200];
const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02, BACKOFF_SECONDS: backoffs.join(",") });
const queue = () => desk.hints.queue("payment");

function startHint(paying: Paying, round = 0) {
  const rest = { id: paying.paymentId, version: 1, round, order: null };
  return { queue: "payment" as const, kind: "start_payment", ...rest };
}

function jobOf(paying: Paying, round = 0) {
  return queue().getJob(jobIdOf(startHint(paying, round)));
}

async function failedJob(paying: Paying) {
  return await waitFor("the job in the failed set", async () => {
    const job = await jobOf(paying);
    return (await job?.isFailed()) ? job : undefined;
  });
}

async function secondsUntilDue(paying: Paying): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM payments
    WHERE id = ${paying.paymentId}`.execute(desk.db);
  return rows[0]?.seconds ?? Number.NaN;
}

/** Stripe answers 500 to every wish for an intent. */
async function brokenStripe(sku: string) {
  const means = await payingMeans(desk);
  const fault = { service: "stripe", route: "POST /v1/payment_intents", kind: "status" };
  await means.standIns.tell("/faults", fault);
  const paying = await awaitingPayment(desk, sku);
  const worker = work(paymentQueue, paymentHandlers(means), desk);
  const heal = () => fetch(`${means.standIns.url}/_sandbox/faults`, { method: "DELETE" });
  return { means, paying, worker, heal };
}

describe("a job that failed three times", () => {
  test("is booked on its row, and one click on it in the failed set does the work", async () => {
    const { paying, heal, means } = await brokenStripe("failing-1");
    desk.hints.send([startHint(paying)]);
    const job = await failedJob(paying);
    expect(job.attemptsMade).toBe(3);
    expect(job.failedReason).toContain("Stripe");
    const payment = await paymentOf(desk, paying);
    expect(payment).toMatchObject({ status: "created", round: 1 });
    expect(payment.last_error).toContain("stripe_outcome_unknown");
    expect(await secondsUntilDue(paying)).toBeGreaterThan(590);

    await heal();
    await job.retry();
    expect((await untilPaymentIs(desk, paying, "pending")).client_secret).not.toBeNull();
    expect((await orderOf(desk, paying.orderId)).status).toBe("awaiting_payment");
    const ledger = await means.standIns.read<{ intents: object[] }>("/stripe/ledger");
    expect(ledger.intents).toHaveLength(1);
  });

  test("heals by its clock alone, in a new round, and then is cleared", async () => {
    const { paying, heal } = await brokenStripe("failing-2");
    desk.hints.send([startHint(paying)]);
    await failedJob(paying);
    await clearFailedJobs(desk);
    expect(await jobOf(paying)).toBeDefined();

    await heal();
    await sql`UPDATE payments SET due_at = now() WHERE id = ${paying.paymentId}`.execute(desk.db);
    await sweepDue(desk, tableOf("start_payment") as WaitingTable);
    expect(await untilPaymentIs(desk, paying, "pending")).toMatchObject({ round: 0 });
    await clearFailedJobs(desk);
    expect(await jobOf(paying)).toBeUndefined();
  });

  test("gets a person's attention after five rounds, and is tried on", async () => {
    const paying = await awaitingPayment(desk, "failing-3");
    const job = { kind: "start_payment", id: paying.paymentId };
    for (let round = 1; round <= 4; round++) {
      const failure = await recordFailure(desk.db, desk.settings, job, "it fails");
      expect(failure).toMatchObject({ round });
    }
    expect((await orderOf(desk, paying.orderId)).attention).toBeNull();
    await recordFailure(desk.db, desk.settings, job, "it fails");
    const order = await orderOf(desk, paying.orderId);
    expect(order).toMatchObject({
      attention: "start_payment_keeps_failing",
      status: "awaiting_payment",
    });
    // The last backoff repeats.
    expect(await secondsUntilDue(paying)).toBeGreaterThan(1_190);
    expect(await paymentOf(desk, paying)).toMatchObject({ round: 5, status: "created" });
  });

  test("is counted from its first failure since the last success", async () => {
    const paying = await awaitingPayment(desk, "failing-since");
    const job = { kind: "start_payment", id: paying.paymentId };
    const since = async () => (await paymentOf(desk, paying)).failing_since;
    await recordFailure(desk.db, desk.settings, job, "it fails");
    const first = await since();
    expect(first).toBeInstanceOf(Date);
    await recordFailure(desk.db, desk.settings, job, "it fails again");
    expect(await since()).toEqual(first);
    // A success leaves no error behind.
    await sql`UPDATE payments SET last_error = NULL, failing_since = now() - interval '1 day'
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    await recordFailure(desk.db, desk.settings, job, "it fails anew");
    expect((await since())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? 0);
  });

  test("for want of PostgreSQL waits for it, and works once it is back", async () => {
    const wire = await layWire(desk.settings.DATABASE_URL);
    const wired = connect({ DATABASE_URL: wire.url, DATABASE_POOL: 2 }, quiet);
    onTestFinished(() => wired.destroy().then(() => wire.down()));
    const id = await reserving(desk, "failing-5");
    await wire.down();
    const settings = { ...desk.settings, LEASE_SECONDS: 0.2 };
    const means = { ...desk, settings, db: wired };
    work(reservationQueue, reservationHandlers(means), means);
    const hint = { kind: "reserve", id, version: 2, round: 0, order: null };
    desk.hints.send([{ queue: "reservation", ...hint }]);
    const state = () => desk.hints.queue("reservation").getJobState(jobIdOf(hint));
    const tried = async () =>
      (await desk.hints.queue("reservation").getJob(jobIdOf(hint)))?.attemptsMade;
    await waitFor("two failed tries", async () => (await tried()) === 2 || undefined);
    await waitFor("the job to wait", async () => (await state()) === "delayed" || undefined);
    await wire.up();
    await waitFor("the order to be reserved", async () => {
      const { status, round } = await orderOf(desk, id);
      return (status === "awaiting_payment" && round === 0) || undefined;
    });
    expect(await state()).toBe("unknown");
  });

  test("is no failure of a row that rests meanwhile", async () => {
    const paying = await awaitingPayment(desk, "failing-4");
    await sql`UPDATE payments SET status = 'cancelled', due_at = NULL
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    const job = { kind: "start_payment", id: paying.paymentId };
    expect(await recordFailure(desk.db, desk.settings, job, "too late")).toBeNull();
    expect(await paymentOf(desk, paying)).toMatchObject({ round: 0, last_error: null });
  });
});

describe("a job that makes no sense", () => {
  test.each([
    ["of an unknown kind", "reserve_everything", (id: string) => ({ id, version: 2, order: null })],
    ["without its version", "reserve", (id: string) => ({ id, order: null })],
    ["without anything", "reserve", () => ({})],
  ])("%s fails at once, without a retry, and touches no row", async (what, kind, payload) => {
    const id = await reserving(desk, `nonsense-${what.replaceAll(" ", "-")}`);
    const before = await orderOf(desk, id);
    work(reservationQueue, reservationHandlers(desk), desk);
    const job = await desk.hints.queue("reservation").add(kind, payload(id), { attempts: 3 });
    await waitFor("the job in the failed set", async () => (await job.isFailed()) || undefined);
    const failed = await desk.hints.queue("reservation").getJob(job.id ?? "");
    expect(failed?.attemptsMade).toBe(1);
    expect(failed?.failedReason).toMatch(/unknown_job|malformed_payload/);
    expect(await orderOf(desk, id)).toEqual(before);
  });

  test("is cleared from the failed set, since no row waits for it", async () => {
    await clearFailedJobs(desk);
    expect(await desk.hints.queue("reservation").getFailedCount()).toBe(0);
  });
});
