import { sql } from "kysely";
import { nowAsText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import { type IntentToCancel, keyHours, type NewIntent } from "../../payments/gateway.ts";
import { flag } from "../attention.ts";
import { lockOrdersOf } from "../lock-orders.ts";

/** What is to be done at Stripe for a payment that was opened. */
export type Start =
  /**
   * Ask for the intent, under the payment's own key; cancel it if nobody can pay it. `askedSince`:
   * the key is so old that Stripe may have forgotten it, so look first what it made since then.
   */
  | {
      todo: "create";
      wanted: NewIntent;
      /** The number of the cancel's key, should nobody be able to pay it any more. */
      cancelTry: number;
      observedAt: string;
      askedSince: Date | null;
    }
  /** Its order ended before anybody got the secret. */
  | { todo: "cancel"; cancel: IntentToCancel; observedAt: string }
  | { todo: "nothing"; because: string };

type Row = {
  id: string;
  status: string;
  intentId: string | null;
  payable: boolean;
  orderId: string;
  orderNumber: string;
  amountMinor: number;
  currency: string;
  installation: string;
  observedAt: string;
  tryNumber: number;
  /** Of the cancel's key: it rises with each failure on record. */
  cancelTry: number;
  askedAt: Date | null;
  isOld: boolean;
};

/**
 * Puts on record that Stripe is about to be asked, and answers for what. Whoever ends the order
 * after this knows that an intent may exist.
 */
export async function claimStarts(db: Db | Trx, paymentIds: readonly string[]): Promise<Start[]> {
  const { rows } = await sql<Row>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM payments WHERE id = ANY(${paymentIds}::uuid[])
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments SET asked_at = CASE
      WHEN payments.status = 'created' THEN coalesce(asked_at, now()) ELSE asked_at END
    FROM locked, orders, installation
    WHERE payments.id = locked.id AND orders.id = payments.order_id
    RETURNING payments.id, payments.status, payments.intent_id AS "intentId",
      orders.status = 'awaiting_payment' AND orders.closing IS NULL AS payable,
      orders.id AS "orderId", orders.number AS "orderNumber",
      payments.amount_minor AS "amountMinor", payments.currency,
      installation.id AS installation, create_try AS "tryNumber",
      payments.round + 1 AS "cancelTry", asked_at AS "askedAt",
      coalesce(asked_at < now() - make_interval(hours => ${keyHours}), false) AS "isOld",
      ${nowAsText} AS "observedAt"`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return paymentIds.map((id) => startOf(byId.get(id)));
}

function startOf(row: Row | undefined): Start {
  if (!row) return { todo: "nothing", because: "no such payment" };
  if (row.status !== "created") return { todo: "nothing", because: `already ${row.status}` };
  const { id: paymentId, intentId, payable, observedAt, cancelTry, askedAt, isOld } = row;
  if (intentId !== null && !payable) {
    const cancel = { intentId, paymentId, tryNumber: cancelTry };
    return { todo: "cancel", cancel, observedAt };
  }
  const askedSince = isOld ? askedAt : null;
  const { orderId, orderNumber, installation, amountMinor, currency, tryNumber } = row;
  const order = { orderId, orderNumber, installation, amountMinor, currency };
  return {
    todo: "create",
    wanted: { paymentId, tryNumber, ...order },
    cancelTry,
    observedAt,
    askedSince,
  };
}

/** Lets the next create go under a new key: Stripe repeats the old one, or has forgotten it. */
export async function raiseCreateTries(db: Db, paymentIds: readonly string[]): Promise<void> {
  await sql`
    WITH locked AS MATERIALIZED (
      SELECT id FROM payments WHERE id = ANY(${paymentIds}::uuid[]) AND status = 'created'
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments SET create_try = create_try + 1, asked_at = now()
    FROM locked WHERE payments.id = locked.id`.execute(db);
}

export type FailedStart = { paymentId: string; reason: string };

/** Books payments that Stripe refused to start for good; the orders need a person's look. */
export async function failStarts(trx: Trx, failures: readonly FailedStart[]): Promise<void> {
  const ids = failures.map(({ paymentId }) => paymentId);
  await lockOrdersOf(trx, "payments", ids);
  const { rows } = await sql<{ orderId: string }>`
    WITH failed AS (
      SELECT * FROM unnest(
        ${ids}::uuid[], ${failures.map(({ reason }) => reason)}::text[]
      ) AS f (id, reason)
    ), locked AS MATERIALIZED (
      SELECT id, reason FROM payments JOIN failed USING (id)
      WHERE status = 'created' ORDER BY id FOR NO KEY UPDATE OF payments
    )
    UPDATE payments SET status = 'failed', due_at = NULL, version = version + 1,
      round = 0, sweeps = 0, last_error = locked.reason
    FROM locked WHERE payments.id = locked.id
    RETURNING order_id AS "orderId"`.execute(trx);
  const flags = rows.map(({ orderId }) => ({ orderId, code: "payment_refused" }));
  await flag(trx, flags, "stripe");
}
