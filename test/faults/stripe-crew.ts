import { Redis } from "ioredis";
import { sql } from "kysely";
import { expect, onTestFinished } from "vitest";
import type { SandboxSettings } from "../../sandbox/sandbox.ts";
import { paymentQueue } from "../../src/queues/payment.ts";
import { statusQueue } from "../../src/queues/status.ts";
import { createLimiter } from "../../src/stripe/limiter.ts";
import { askPatiently } from "../../src/stripe/patient-ask.ts";
import { paymentHandlers } from "../../src/workers/payment.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { runSweeper } from "../../src/workers/sweeper.ts";
import { watch } from "../../src/workers/watchdog.ts";
import { quiet } from "../support/settings.ts";
import { openShop, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import { gatewayAt, payingMeans, work } from "../workers/paying.ts";
import type { QueueDesk } from "../workers/queue-desk.ts";
import { startMoodyStripe } from "./moody-stripe.ts";

export const create = "POST /v1/payment_intents";

/**
 * Two payment workers and one for status, with connections, limiters and breakers of their own as
 * three processes have, a sweeper and a watchdog; and between them and the stand-in a Stripe of
 * many moods.
 */
export async function startCrew(
  desk: QueueDesk,
  perSecond: number,
  {
    standIns = {},
    timeoutSeconds = 2,
    probeSeconds = 1,
  }: { standIns?: Partial<SandboxSettings>; timeoutSeconds?: number; probeSeconds?: number } = {},
) {
  const means = await payingMeans(desk, standIns);
  const stripe = await startMoodyStripe(means.standIns.url);
  const processMeans = () => {
    const redis = new Redis(desk.settings.REDIS_URL, { maxRetriesPerRequest: null });
    onTestFinished(() => redis.disconnect());
    const book = createLimiter({ redis, prefix: desk.settings.QUEUE_PREFIX, perSecond });
    const ask = askPatiently({ book, log: quiet, concurrency: 32, probeSeconds });
    return { ...means, gateway: gatewayAt(stripe.url, timeoutSeconds, ask) };
  };
  const workers = [
    work(paymentQueue, paymentHandlers(processMeans()), desk),
    work(paymentQueue, paymentHandlers(processMeans()), desk),
    work(statusQueue, statusHandlers(processMeans()), desk),
  ];
  let exits = 0;
  const { redis, log } = desk;
  const dog = watch(workers, { redis, log, patienceSeconds: 3, exit: () => void exits++ });
  onTestFinished(() => dog.stop());
  const sweeper = runSweeper(desk);
  onTestFinished(() => sweeper.stop());
  return { ...stripe, standIns: means.standIns, exits: () => exits };
}

/** Orders whose stock is held, and whose hints have just been sent. */
export async function placeOrders(desk: QueueDesk, sku: string, count: number): Promise<string[]> {
  const shop = await openShop(desk.db);
  await stockProduct(desk.db, sku, count);
  const lines = [{ sku, quantity: 1 }];
  const requests = Array.from({ length: count }, () => requestOf(shop, lines));
  const ids = await reserved(desk.db, desk.settings, ...requests);
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM payments WHERE order_id = ANY(${ids}::uuid[])`.execute(desk.db);
  desk.hints.send(
    rows.map(({ id }) => {
      const hint = { kind: "start_payment", id, version: 1, round: 0, order: null };
      return { queue: "payment" as const, ...hint };
    }),
  );
  return ids;
}

export async function paymentsOf(desk: QueueDesk, orderIds: readonly string[]) {
  return await desk.db
    .selectFrom("payments")
    .selectAll()
    .where("order_id", "in", orderIds)
    .execute();
}

export async function ordersOf(desk: QueueDesk, ids: readonly string[]) {
  return await desk.db.selectFrom("orders").selectAll().where("id", "in", ids).execute();
}

export function untilStarted(desk: QueueDesk, orderIds: readonly string[], timeoutMs: number) {
  return waitFor(
    "all payments to be started",
    async () => {
      const payments = await paymentsOf(desk, orderIds);
      const open = payments.filter(({ status }) => status === "created").length;
      if (open > 0) throw new Error(`${open} of ${payments.length} are not`);
      return payments;
    },
    { timeoutMs },
  );
}

/** None was taken for a failure: no order is flagged, no payment given up. */
export async function expectNoFailures(desk: QueueDesk, ids: readonly string[]): Promise<void> {
  const orders = await ordersOf(desk, ids);
  expect(orders.filter(({ attention }) => attention !== null)).toEqual([]);
  expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(["awaiting_payment"]));
  const payments = await paymentsOf(desk, ids);
  expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(["pending"]));
  expect(new Set(payments.map(({ version }) => version))).toEqual(new Set([2]));
}

/** Jobs that came to their end without success, and left the rest to their rows' clock. */
export function failedJobs(desk: QueueDesk): Promise<number> {
  return desk.hints.queue("payment").getFailedCount();
}

/** A fault goes on for so long. */
export async function untilPassed(since: number, seconds: number): Promise<void> {
  const end = since + seconds * 1_000;
  await waitFor("the fault to have lasted", () => performance.now() > end || undefined, {
    timeoutMs: (seconds + 5) * 1_000,
  });
}
