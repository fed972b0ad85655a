import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import { asText, leased } from "../../db/clock.ts";
import type { Trx } from "../../db/transaction.ts";
import type { PaymentStatus } from "../../payments/lifecycle.ts";
import { isSold, kinOfPayments, lockKin, mayHavePaidKin } from "../kin.ts";
import type { Closing, OrderStatus } from "../lifecycle.ts";
import type { Verdict } from "./judge-intent.ts";

/** A payment beside its order, both locked. */
export type PaymentRow = {
  paymentId: string;
  status: PaymentStatus;
  version: number;
  round: number;
  amountMinor: number;
  currency: string;
  intentId: string | null;
  secretStored: boolean;
  observedAt: string | null;
  /** For how long it has been on its way, in seconds; null when it is not. */
  processingSeconds: number | null;
  /** Another payment of the same order was captured, and matches it. */
  otherCaptured: boolean;
  /** The order is a copy, or was copied, and the other one is paid. */
  paidAsAnother: boolean;
  orderId: string;
  orderNumber: string;
  orderStatus: OrderStatus;
  /** What the order comes to now: it may have been edited since. */
  orderTotalMinor: number;
  closing: Closing | null;
  /** Placed less than a day ago: late money may still bring it back to life. */
  isYoung: boolean;
};

/** An order that ended unpaid can be revived by late money for so long after it was placed. */
export const revivableHours = 24;

type OrderRow = Pick<PaymentRow, "orderTotalMinor" | "closing" | "isYoung"> & {
  id: string;
  number: string;
  status: OrderStatus;
  mayHavePaidKin: boolean;
};

/**
 * Locks the payments' orders and the orders' kin, then their payments, each in key order, and reads
 * both.
 */
export async function lockForPayments(
  trx: Trx,
  paymentIds: readonly string[],
): Promise<Map<string, PaymentRow>> {
  const { rows: orders } = await sql<OrderRow>`
    WITH RECURSIVE ${kinOfPayments(paymentIds)}
    SELECT id, number, status, total_minor AS "orderTotalMinor", closing,
      ${mayHavePaidKin} AS "mayHavePaidKin",
      placed_at > now() - make_interval(hours => ${revivableHours}) AS "isYoung"
    FROM orders
    WHERE id = ANY(ARRAY(
      SELECT order_id FROM payments WHERE id = ANY(${paymentIds}::uuid[])
      UNION ALL SELECT id FROM kin
    ))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const paidOtherwise = await havePaidKin(trx, orders);
  type OfOrder = "orderNumber" | "orderStatus" | "orderTotalMinor" | "closing" | "isYoung";
  type Row = Omit<PaymentRow, OfOrder | "paidAsAnother">;
  // A second statement: it sees what was committed while the orders' locks were waited for. All of
  // an order's payments are locked at once: what follows may touch the others.
  const { rows: payments } = await sql<Row>`
    SELECT id AS "paymentId", status, version, round, amount_minor AS "amountMinor", currency,
      intent_id AS "intentId", secret_stored_at IS NOT NULL AS "secretStored",
      ${asText(sql.ref("observed_at"))} AS "observedAt", order_id AS "orderId",
      CASE status WHEN 'processing' THEN
        extract(epoch FROM now() - processing_since)::double precision
      END AS "processingSeconds",
      EXISTS (
        SELECT FROM payments AS other WHERE other.order_id = payments.order_id
          AND other.id <> payments.id AND other.status = 'captured'
          AND other.captured_minor = other.amount_minor
          AND other.captured_currency = other.currency
      ) AS "otherCaptured"
    FROM payments WHERE order_id = ANY(${orders.map(({ id }) => id)}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);

  const byId = new Map(orders.map((order) => [order.id, order]));
  return new Map(
    payments.flatMap((payment) => {
      const order = byId.get(payment.orderId);
      if (!order) return [];
      const { id, number: orderNumber, status: orderStatus, closing } = order;
      const { orderTotalMinor, isYoung } = order;
      const about = { orderNumber, orderStatus, orderTotalMinor, closing, isYoung };
      const whole = { ...payment, ...about, paidAsAnother: paidOtherwise.has(id) };
      return [[payment.paymentId, whole] as const];
    }),
  );
}

async function havePaidKin(trx: Trx, orders: readonly OrderRow[]): Promise<Set<string>> {
  const seeds = orders.filter(({ mayHavePaidKin: mayHave }) => mayHave).map(({ id }) => id);
  const kin = await lockKin(trx, seeds);
  return new Set(kin.filter(isSold).map(({ of }) => of));
}

/** A minute's grace after the hold's end: by then the closing has asked Stripe itself. */
export const afterExpirySeconds = 60;

/** Writes what the verdicts say about the payments themselves. */
export async function savePayments(
  trx: Trx,
  settings: Pick<Settings, "LEASE_SECONDS">,
  verdicts: readonly Verdict[],
): Promise<void> {
  const saved = verdicts.filter(({ observed }) => observed);
  if (saved.length === 0) return;
  await sql`
    UPDATE payments SET
      status = s.status, intent_id = s.intent_id, captured_minor = s.captured_minor,
      captured_currency = s.captured_currency,
      captured_at = CASE s.status WHEN 'captured' THEN coalesce(captured_at, now()) END,
      method = coalesce(s.method, payments.method),
      processing_since = CASE s.status WHEN 'processing'
        THEN coalesce(processing_since, now()) ELSE processing_since END,
      client_secret = CASE WHEN s.status IN ('captured', 'cancelled') THEN NULL
        ELSE coalesce(s.client_secret, payments.client_secret) END,
      secret_stored_at = CASE WHEN s.client_secret IS NULL THEN secret_stored_at
        ELSE coalesce(secret_stored_at, now()) END,
      observed_at = greatest(payments.observed_at, s.observed_at),
      version = payments.version + s.changed::integer,
      round = CASE WHEN s.changed THEN 0 ELSE payments.round END, sweeps = 0, last_error = NULL,
      due_at = CASE
        WHEN s.status = 'created' THEN ${leased(settings)}
        WHEN s.status = 'processing' THEN now() + make_interval(secs => s.processing_pause)
        WHEN s.status IN ('pending', 'action_required') THEN
          greatest(orders.expires_at, now()) + make_interval(secs => ${afterExpirySeconds})
      END
    FROM orders, unnest(
      ${saved.map(({ row }) => row.paymentId)}::uuid[],
      ${saved.map(({ next }) => next.status)}::text[],
      ${saved.map(({ next }) => next.intentId)}::text[],
      ${saved.map(({ next }) => next.capturedMinor)}::bigint[],
      ${saved.map(({ next }) => next.capturedCurrency)}::text[],
      ${saved.map(({ next }) => next.clientSecret)}::text[],
      ${saved.map(({ intent }) => intent.method)}::text[],
      ${saved.map(({ next }) => next.processingPause)}::double precision[],
      ${saved.map(({ observedAt }) => observedAt)}::timestamptz[],
      ${saved.map(({ changed }) => changed)}::boolean[]
    ) AS s (id, status, intent_id, captured_minor, captured_currency, client_secret, method,
      processing_pause, observed_at, changed)
    WHERE payments.id = s.id AND orders.id = payments.order_id`.execute(trx);
}
