import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { NotYet, Unavailable } from "../../src/errors.ts";
import type { PaymentGateway } from "../../src/payments/gateway.ts";
import { type Hint, jobIdOf } from "../../src/queues/hint.ts";
import { queues } from "../../src/queues/index.ts";
import { paymentQueue } from "../../src/queues/payment.ts";
import { tableOf, waitingTables } from "../../src/queues/waiting-rows.ts";
import { createLimiter } from "../../src/stripe/limiter.ts";
import { askPatiently } from "../../src/stripe/patient-ask.ts";
import { paymentHandlers } from "../../src/workers/payment.ts";
import { postponer } from "../../src/workers/postpone.ts";
import { runSweeper } from "../../src/workers/sweeper.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  awaitingPayment,
  gatewayAt,
  orderOf,
  type Paying,
  payingMeans,
  paymentOf,
  untilPaymentIs,
  work,
} from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.02, SWEEP_SECONDS: 0.1 });

const kinds = queues.flatMap(({ jobs }) => Object.keys(jobs));

function startHint({ paymentId: id }: Paying): Hint {
  return { queue: "payment", kind: "start_payment", id, version: 1, round: 0, order: null };
}

/** A payment worker whose gateway does as the test says where it says something. */
async function worker(change: (url: string) => Partial<PaymentGateway>) {
  const means = await payingMeans(desk);
  const gateway = { ...means.gateway, ...change(means.standIns.url) };
  work(paymentQueue, paymentHandlers({ ...means, gateway }), desk);
}

/** The job has been worked, and is not there any more. */
async function untilDone(hint: Hint): Promise<void> {
  const queue = desk.hints.queue("payment");
  await queue.add(hint.kind, hint, { jobId: jobIdOf(hint), removeOnComplete: true, attempts: 3 });
  await waitFor("the job to be done", async () => {
    return (await queue.getJobState(jobIdOf(hint))) === "unknown" || undefined;
  });
}

async function secondsUntilDue(table: "orders" | "payments", id: string): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM ${sql.table(table)}
    WHERE id = ${id}`.execute(desk.db);
  return rows[0]?.seconds ?? Number.NaN;
}

describe("a job that may not ask Stripe yet", () => {
  test("without a slot completes, its row is due in its place, and then it is done", async () => {
    const prefix = desk.settings.QUEUE_PREFIX;
    const book = createLimiter({ redis: desk.redis, prefix, perSecond: 0.5 });
    const ask = askPatiently({ book, log: desk.log, concurrency: 8 });
    // Somebody has just been there: the next slot is in two seconds.
    await book("POST /v1/payment_intents", { slot: true });
    await worker((url) => gatewayAt(url, 2, ask));
    const paying = await awaitingPayment(desk, "no-slot");
    const hint = startHint(paying);
    await untilDone(hint);
    const payment = await paymentOf(desk, paying);
    expect(payment).toMatchObject({ status: "created", round: 0, sweeps: 0, version: 1 });
    expect(payment.last_error).toMatch(/^stripe_no_slot: /);
    const seconds = await secondsUntilDue("payments", paying.paymentId);
    expect(seconds).toBeGreaterThan(0.5);
    expect(seconds).toBeLessThan(2.1);

    const sweeper = runSweeper(desk);
    onTestFinished(() => sweeper.stop());
    const started = await untilPaymentIs(desk, paying, "pending");
    expect(started).toMatchObject({ round: 0, last_error: null });
    expect((await orderOf(desk, paying.orderId)).attention).toBeNull();
  });

  test.each(["stripe_key_in_use", "stripe_rate_limit"])(
    "since Stripe named a time with %s comes back then, give or take a little",
    async (code) => {
      await worker(() => ({
        createIntent: () => Promise.reject(new Unavailable(code, "Later.", undefined, 100)),
      }));
      const paying = await awaitingPayment(desk, code);
      await untilDone(startHint(paying));
      expect(await paymentOf(desk, paying)).toMatchObject({
        round: 0,
        last_error: `${code}: Later.`,
      });
      const seconds = await secondsUntilDue("payments", paying.paymentId);
      expect(seconds).toBeGreaterThan(98);
      expect(seconds).toBeLessThan(120);
      expect(await desk.hints.queue("payment").getFailedCount()).toBe(0);
    },
  );
});

describe("a row", () => {
  const told = new NotYet("stripe_no_slot", "Much later.", 5_000);

  test("of an order that is to be closed never waits longer than its longest backoff", async () => {
    const { orderId: id } = await awaitingPayment(desk, "closing");
    const postpone = postponer(desk.db, desk.settings);
    expect(await postpone({ kind: "close_order", id }, told)).toBe(600);
    expect(await secondsUntilDue("orders", id)).toBeLessThanOrEqual(600);
    expect(await secondsUntilDue("orders", id)).toBeGreaterThan(590);
  });

  test("is postponed in one batch with others, whose faults do not touch it", async () => {
    const paying = [await awaitingPayment(desk, "fine-1"), await awaitingPayment(desk, "fine-2")];
    const over = await awaitingPayment(desk, "over");
    await sql`UPDATE payments SET status = 'cancelled', due_at = NULL
      WHERE id = ${over.paymentId}`.execute(desk.db);
    const postpone = postponer(desk.db, desk.settings);
    const ids = [...paying.map(({ paymentId }) => paymentId), over.paymentId, "no id at all"];
    const answers = await Promise.allSettled(
      ids.map((id) => postpone({ kind: "start_payment", id }, told)),
    );
    expect(
      answers.map((answer) => (answer.status === "fulfilled" ? answer.value : "failed")),
    ).toEqual([3_600, 3_600, null, "failed"]);
    for (const { paymentId } of paying) {
      expect(await secondsUntilDue("payments", paymentId)).toBeGreaterThan(3_590);
    }
  });

  test.each(waitingTables.map((table) => table.name))(
    "can be postponed in every table, such as %s",
    async (name) => {
      const kind = kinds.find((each) => tableOf(each)?.name === name) ?? "";
      const id = tableOf(kind)?.idType === "uuid" ? randomUUID() : "nobody's";
      // No row, no answer: only SQL that PostgreSQL refuses would be told as a failure.
      expect(await postponer(desk.db, desk.settings)({ kind, id }, told)).toBeNull();
    },
  );

  test("does not come back sooner than after its lease when Stripe was asked", async () => {
    const { paymentId: id } = await awaitingPayment(desk, "too-soon");
    const { LEASE_SECONDS } = desk.settings;
    const soon = new Unavailable("stripe_key_in_use", "In a moment.", undefined, 0.01);
    const seconds = await postponer(desk.db, desk.settings)({ kind: "start_payment", id }, soon);
    expect(seconds).toBeGreaterThanOrEqual(LEASE_SECONDS);
    expect(seconds).toBeLessThanOrEqual(1.2 * LEASE_SECONDS);
  });

  test("is left alone by a failure that names no time", async () => {
    const { paymentId: id } = await awaitingPayment(desk, "failing");
    const postpone = postponer(desk.db, desk.settings);
    const job = { kind: "start_payment", id };
    const now = new Unavailable("sendgrid_rate_limited", "The limit ended.", undefined, 0);
    expect(await postpone(job, now)).toBeNull();
    expect(await postpone(job, new Unavailable("stripe_unreachable", "Away."))).toBeNull();
    expect(await postpone(job, new Error("a bug"))).toBeNull();
    expect((await paymentOf(desk, { paymentId: id })).last_error).toBeNull();
  });
});
