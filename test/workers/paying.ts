import { onTestFinished } from "vitest";
import type { SandboxSettings } from "../../sandbox/sandbox.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import type { PaymentGateway } from "../../src/payments/gateway.ts";
import type { Intent } from "../../src/payments/intent.ts";
import type { QueueContract } from "../../src/queues/define-queue.ts";
import type { QueueName } from "../../src/queues/hint.ts";
import type { Ask } from "../../src/stripe/ask.ts";
import { connectStripe } from "../../src/stripe/client.ts";
import { createStripeGateway } from "../../src/stripe/gateway.ts";
import { type RunningWorker, runWorker } from "../../src/workers/run-worker.ts";
import { startStandIns } from "../sandbox/stand-ins.ts";
import { openShop, placed, requestOf, reserved, stockProduct } from "../support/shop.ts";
import { waitFor } from "../support/wait-for.ts";
import type { QueueDesk } from "./queue-desk.ts";

/** Our gateway on a Stripe stand-in of this test's own, and whose intents are ours. */
export async function payingMeans(desk: QueueDesk, stripe: Partial<SandboxSettings> = {}) {
  const standIns = await startStandIns(stripe);
  const gateway = gatewayAt(standIns.url);
  const ownership = { installation: await readInstallation(desk.db), livemode: false };
  const settings = desk.settings;
  return { ...desk, settings, standIns, gateway, ownership };
}

export function gatewayAt(url: string, timeoutSeconds = 2, ask?: Ask): PaymentGateway {
  return createStripeGateway(
    connectStripe({
      STRIPE_SECRET_KEY: "sk_test_of_the_tests",
      STRIPE_URL: url,
      STRIPE_TIMEOUT_SECONDS: timeoutSeconds,
    }),
    ask,
  );
}

/** A worker in this process, which ends with the test. */
export function work<Queue extends QueueContract<QueueName>>(
  queue: Queue,
  handlers: Parameters<typeof runWorker<Queue>>[1],
  desk: QueueDesk,
): RunningWorker {
  const running = runWorker(queue, handlers, desk);
  onTestFinished(() => running.worker.close());
  return running;
}

export type Paying = { orderId: string; paymentId: string };

/** An order whose stock is held and for which Stripe has not been asked yet. */
export async function awaitingPayment(desk: QueueDesk, sku: string): Promise<Paying> {
  const shop = await openShop(desk.db);
  await stockProduct(desk.db, sku, 5, 500);
  const [orderId = ""] = await reserved(
    desk.db,
    desk.settings,
    requestOf(shop, [{ sku, quantity: 2 }]),
  );
  const { id: paymentId } = await desk.db
    .selectFrom("payments")
    .select("id")
    .where("order_id", "=", orderId)
    .executeTakeFirstOrThrow();
  return { orderId, paymentId };
}

/** An order that still waits for its stock. */
export async function reserving(desk: QueueDesk, sku: string): Promise<string> {
  const shop = await openShop(desk.db);
  await stockProduct(desk.db, sku, 5, 500);
  const [id = ""] = await placed(desk.db, desk.settings, requestOf(shop, [{ sku, quantity: 1 }]));
  return id;
}

export async function paymentOf(desk: QueueDesk, { paymentId }: Pick<Paying, "paymentId">) {
  return await desk.db
    .selectFrom("payments")
    .selectAll()
    .where("id", "=", paymentId)
    .executeTakeFirstOrThrow();
}

export async function orderOf(desk: QueueDesk, id: string) {
  return await desk.db
    .selectFrom("orders")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
}

export function untilPaymentIs(desk: QueueDesk, paying: Paying, status: string) {
  return waitFor(`the payment to be ${status}`, async () => {
    const payment = await paymentOf(desk, paying);
    return payment.status === status ? payment : undefined;
  });
}

/** The intent of an order at the stand-in, as our own `start_payment` would have made it. */
export async function intentFor(
  { gateway, ownership, db }: Awaited<ReturnType<typeof payingMeans>>,
  { orderId, paymentId }: Paying,
): Promise<Intent> {
  const { amount_minor: amountMinor } = await db
    .selectFrom("payments")
    .select("amount_minor")
    .where("id", "=", paymentId)
    .executeTakeFirstOrThrow();
  const { installation } = ownership;
  const rest = { orderNumber: "4Q7K-9M2X-P0TZ", currency: "gbp", tryNumber: 1 };
  const wanted = { ...rest, orderId, paymentId, installation, amountMinor };
  return (await gateway.createIntent(wanted)).intent;
}
