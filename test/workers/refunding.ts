import { sql } from "kysely";
import { expect } from "vitest";
import {
  readStandInBooks,
  type StandInBooks,
  standInInvariants,
} from "../../scripts/world/stand-in-books.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import { startPayment } from "../../src/workers/start-payment.ts";
import { startRefund } from "../../src/workers/start-refund.ts";
import { type Syncs, syncs } from "../../src/workers/sync.ts";
import { askForRefunds, refundRequest } from "../support/money-back.ts";
import { waitFor } from "../support/wait-for.ts";
import { awaitingPayment, gatewayAt, type Paying, type payingMeans } from "./paying.ts";
import type { QueueDesk } from "./queue-desk.ts";

export type Refunding = Paying & { shopId: string; intentId: string };
type Means = Awaited<ReturnType<typeof payingMeans>>;

/** Stripe's answers are waited for no longer than this. */
const timeoutSeconds = 0.25;

const neverAborted = new AbortController().signal;

/** An order of 10.00 that was paid at the stand-in, and is paid here. */
export async function paidOrder(desk: QueueDesk, means: Means, sku: string): Promise<Refunding> {
  const paying = await awaitingPayment(desk, sku);
  await startPayment(means)(paying.paymentId, neverAborted);
  const { intent_id: intentId, shop_id: shopId } = await desk.db
    .selectFrom("payments")
    .innerJoin("orders", "orders.id", "order_id")
    .select(["intent_id", "shop_id"])
    .where("payments.id", "=", paying.paymentId)
    .executeTakeFirstOrThrow();
  await means.standIns.tell(`/stripe/intents/${intentId}/pay`);
  await syncs(means).payment(paying.paymentId);
  return { ...paying, shopId, intentId: intentId ?? "" };
}

/** Puts a refund on record; answers its id. Nobody has asked Stripe yet. */
export async function requestRefund(
  desk: QueueDesk,
  order: Refunding,
  amountMinor: number | null = null,
): Promise<string> {
  const { orderId, shopId } = order;
  const request = refundRequest({ orderId, shopId }, { amountMinor });
  const { results } = await askForRefunds(desk.db, desk.settings, request);
  const [result] = results;
  if (result?.outcome === "requested") return result.refundId;
  throw result?.error ?? new Error("There is no answer.");
}

/** Makes a refund's key so much older. */
export async function grow(desk: QueueDesk, refundId: string, hours: number): Promise<void> {
  await sql`UPDATE refunds SET asked_at = now() - make_interval(hours => ${hours})
    WHERE id = ${refundId}`.execute(desk.db);
}

/** The job's handler, with a Stripe that is not waited for very long. */
export function refundStarter(means: Means, sync?: Syncs) {
  const gateway = gatewayAt(means.standIns.url, timeoutSeconds);
  const start = startRefund({ ...means, gateway }, sync);
  return (refundId: string) => start(refundId, neverAborted);
}

/** Tries the job as BullMQ and the sweeper do: until the refund no longer waits to be asked for. */
export function untilAsked(
  desk: QueueDesk,
  start: (refundId: string) => Promise<unknown>,
  refundId: string,
): Promise<true> {
  return waitFor("the refund to be asked for", async () => {
    await start(refundId);
    return (await refundOf(desk, refundId)).status !== "requested";
  });
}

export function refundOf(desk: QueueDesk, refundId: string) {
  return desk.db
    .selectFrom("refunds")
    .selectAll()
    .where("id", "=", refundId)
    .executeTakeFirstOrThrow();
}

/** What Stripe itself knows of an order's refunds. */
export async function refundsAtStripe({ standIns }: Means, { intentId }: Refunding) {
  const { data } = await standIns.stripe.refunds.list({ payment_intent: intentId, limit: 100 });
  return data;
}

/** Our books are sound, and agree with the stand-in's about these orders. */
export async function expectBooksAgree(
  desk: QueueDesk,
  { standIns }: Means,
  ...orders: readonly Refunding[]
): Promise<void> {
  const books: StandInBooks = await readStandInBooks({ stripe: standIns.url, mail: undefined });
  const ids = orders.map(({ orderId }) => orderId);
  const findings = await checkInvariants(desk.db, [
    ...allInvariants({ patienceSeconds: 3_600 }),
    ...standInInvariants(books, ids),
  ]);
  expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
}

/** Everything that can come between us and Stripe's answer. */
export const answersLost: Record<string, object> = {
  "a timeout with effect": { kind: "hang", executed: true },
  "a timeout without effect": { kind: "hang", executed: false },
  "an answer that is late": { kind: "delay", executed: true, delayMs: 400 },
  "work that is late": { kind: "delay", executed: false, delayMs: 400 },
  "a connection dropped before": { kind: "drop_before" },
  "a connection dropped after": { kind: "drop_after" },
  "a 500 that is stored, with effect": {
    kind: "status",
    status: 500,
    executed: true,
    stored: true,
  },
  "a 500 that is stored, without effect": { kind: "status", status: 500, stored: true },
  "a 500 before anything was begun": { kind: "status", status: 500, stored: false },
  "a 503": { kind: "status", status: 503, stored: false },
  "a 409": { kind: "status", status: 409, code: "idempotency_key_in_use" },
  "a 429": { kind: "status", status: 429 },
};
