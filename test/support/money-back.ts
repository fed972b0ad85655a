import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Settings } from "../../src/config.ts";
import { nowAsText } from "../../src/db/clock.ts";
import type { Db } from "../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../src/db/transaction.ts";
import { Unavailable } from "../../src/errors.ts";
import { applyDisputes } from "../../src/orders/disputes/apply-disputes.ts";
import { applyRefunds } from "../../src/orders/refunds/apply-refunds.ts";
import { type RefundRequest, refundOrders } from "../../src/orders/refunds/refund-order.ts";
import type { SeenDispute } from "../../src/payments/dispute.ts";
import type { SeenRefund } from "../../src/payments/refund.ts";

/** Money that goes back, by hand: what a shop asks for, and what Stripe says of it. */

export function refundRequest(
  order: { orderId: string; shopId: string },
  wish: Partial<RefundRequest> = {},
): RefundRequest {
  return {
    ...order,
    idempotencyKey: randomUUID(),
    fingerprint: Buffer.from(JSON.stringify(wish)),
    actor: "key:test",
    paymentId: null,
    amountMinor: null,
    lines: null,
    reason: "damaged",
    note: null,
    byHand: false,
    ...wish,
  };
}

export async function askForRefunds(
  db: Db,
  settings: Settings,
  ...requests: readonly RefundRequest[]
) {
  return await patiently(db, (trx) => refundOrders(trx, settings, requests));
}

const mostTries = 20;

/** In a crowd on a busy machine a lock may be waited for too long: then again, as the API says. */
export async function patiently<Result>(
  db: Db,
  work: (trx: Trx) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await inTransaction(db, work);
    } catch (error) {
      if (!(error instanceof Unavailable) || tries === mostTries) throw error;
    }
  }
}

/** One refund as Stripe shows it. */
export function seenRefund(seen: Partial<SeenRefund>): SeenRefund {
  return {
    id: `re_${randomUUID()}`,
    status: "succeeded",
    amountMinor: 1_000,
    currency: "gbp",
    intentId: null,
    refundId: null,
    installation: null,
    failure: null,
    createdAt: new Date(),
    ...seen,
  };
}

/** One dispute as Stripe shows it, with the money that the bank took when it was opened. */
export function seenDispute(seen: Partial<SeenDispute>): SeenDispute {
  const id = `du_${randomUUID()}`;
  return {
    id,
    status: "open",
    amountMinor: 1_000,
    currency: "gbp",
    intentId: null,
    reason: "fraudulent",
    evidenceDueAt: null,
    isAnswered: false,
    isInquiry: seen.status === "inquiry",
    moved: [{ id: `txn_${id}`, amountMinor: -1_000, feeMinor: 1_500, currency: "gbp" }],
    createdAt: new Date(),
    ...seen,
  };
}

type Look = { paymentId: string; intentId: string; observedAt?: string };

/** Stripe lists all refunds of a payment. */
export async function lookAtRefunds(
  db: Db,
  settings: Settings,
  look: Look,
  ...refunds: SeenRefund[]
) {
  const seen = { observedAt: await momentIn(db), ...look, refunds };
  return await patiently(db, (trx) => applyRefunds(trx, settings, [seen]));
}

/** Stripe lists all disputes of a payment. */
export async function lookAtDisputes(db: Db, look: Look, ...disputes: SeenDispute[]) {
  const seen = { observedAt: await momentIn(db), ...look, disputes };
  return await patiently(db, (trx) => applyDisputes(trx, [seen]));
}

/** PostgreSQL's own time, as looks are dated. */
export async function momentIn(db: Db): Promise<string> {
  const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
  return rows[0]?.at ?? "";
}
