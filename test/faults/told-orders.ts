import { sql } from "kysely";
import { onTestFinished } from "vitest";
import { statusQueue } from "../../src/queues/status.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { runSweeper } from "../../src/workers/sweeper.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  awaitingPayment,
  intentFor,
  orderOf,
  type Paying,
  payingMeans,
  paymentOf,
  work,
} from "../workers/paying.ts";
import type { QueueDesk } from "../workers/queue-desk.ts";
import type { StripeEvent } from "../workers/webhook-desk.ts";

export type TellingMeans = Awaited<ReturnType<typeof payingMeans>>;
export type ToldOrder = Paying & { intentId: string };

/** A stand-in for Stripe, and the worker and the sweeper that act on what it tells. */
export async function startTelling(desk: QueueDesk): Promise<TellingMeans> {
  const means = await payingMeans(desk);
  work(statusQueue, statusHandlers(means), desk);
  const sweeper = runSweeper(desk);
  onTestFinished(() => sweeper.stop());
  return means;
}

/** An order with its intent at Stripe, of which nothing is recorded here yet. */
export async function toldOrder(means: TellingMeans, sku: string): Promise<ToldOrder> {
  const paying = await awaitingPayment(means, sku);
  const { id: intentId } = await intentFor(means, paying);
  return { ...paying, intentId };
}

/** What Stripe has to tell of an intent, oldest first; as long as it is among the latest. */
export async function eventsOf({ standIns }: TellingMeans, intentId: string) {
  const { data } = await standIns.stripe.events.list({ limit: 100 });
  const events = data as unknown as StripeEvent[];
  return events
    .filter(({ data }) => data.object.id === intentId || data.object["payment_intent"] === intentId)
    .reverse();
}

/** The event that says that an intent was paid. */
export async function successOf(means: TellingMeans, intentId: string): Promise<StripeEvent> {
  const events = await eventsOf(means, intentId);
  const event = events.find(({ type }) => type === "payment_intent.succeeded");
  if (!event) throw new Error(`Nothing tells that ${intentId} was paid.`);
  return event;
}

/** Waits until no event of the payment waits any more, and answers how all stands then. */
export async function untilToldOf(desk: QueueDesk, paying: Paying) {
  await waitFor("every event of the payment to be settled", async () => {
    const waiting = await desk.db
      .selectFrom("webhook_events")
      .select("id")
      .where("payment_id", "=", paying.paymentId)
      .where("due_at", "is not", null)
      .execute();
    return waiting.length === 0;
  });
  const [order, payment] = [await orderOf(desk, paying.orderId), await paymentOf(desk, paying)];
  const booked = await desk.db
    .selectFrom("ledger_entries")
    .select(["movement", "account"])
    .where("payment_id", "=", paying.paymentId)
    .orderBy("account")
    .execute();
  const { status, attention } = order;
  const moneyBack = await moneyBackOf(desk, paying);
  return { order: status, payment: payment.status, attention, moneyBack, booked };
}

/** The payment's refunds and disputes, each as it stands, with its amount. */
async function moneyBackOf({ db }: QueueDesk, { paymentId }: Paying): Promise<string[]> {
  const { rows } = await sql<{ told: string }>`
    SELECT concat_ws(' ', 'refund', status, amount_minor) AS told FROM refunds
    WHERE payment_id = ${paymentId}
    UNION ALL SELECT concat_ws(' ', 'dispute', status, amount_minor) FROM disputes
    WHERE payment_id = ${paymentId} ORDER BY told`.execute(db);
  return rows.map(({ told }) => told);
}
