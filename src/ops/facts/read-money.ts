import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import type { BreakFact, DisputeFact, InboxFact, PaymentFact, RefundFact } from "./money-facts.ts";
import { groupByOrder, ofOrders, waiting } from "./rows.ts";

type DeclineRow = Omit<PaymentFact["declines"][number], "at"> & { at: string };

/** What orders' payments are, what came back of them, and what Stripe told of them. */
export async function readMoney(trx: Trx, ids: readonly string[]) {
  const payments = await readPayments(trx, ids);
  const { rows: refunds } = await sql<RefundFact & { orderId: string }>`
    SELECT order_id AS "orderId", id, payment_id AS "paymentId", version, status,
      amount_minor AS "amountMinor", currency, reason, note, actor, provider,
      stripe_id AS "stripeId", failure, created_at AS "createdAt", settled_at AS "settledAt",
      (SELECT coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity,
          'worthMinor', worth_minor) ORDER BY sku), '[]')
        FROM refund_lines WHERE refund_id = refunds.id) AS lines,
      ${waiting}
    FROM refunds WHERE ${ofOrders(ids)} ORDER BY created_at, id`.execute(trx);
  const { rows: disputes } = await sql<DisputeFact & { orderId: string }>`
    SELECT order_id AS "orderId", id, payment_id AS "paymentId", version, status,
      amount_minor AS "amountMinor", currency, reason, evidence_due_at AS "evidenceDueAt",
      opened_at AS "openedAt", closed_at AS "closedAt", is_answered AS "isAnswered",
      is_inquiry AS "isInquiry", ${waiting}
    FROM disputes WHERE ${ofOrders(ids)} ORDER BY opened_at, id`.execute(trx);
  const { rows: breaks } = await sql<BreakFact & { orderId: string }>`
    SELECT order_id AS "orderId", id, object_id AS "objectId", fault, status, outcome,
      found_at AS "foundAt", settled_at AS "settledAt", ${waiting}
    FROM breaks WHERE ${ofOrders(ids)} ORDER BY found_at, id`.execute(trx);
  return {
    payments: groupByOrder(payments),
    refunds: groupByOrder(refunds),
    disputes: groupByOrder(disputes),
    breaks: groupByOrder(breaks),
    inbox: groupByOrder(await readInbox(trx, payments)),
  };
}

async function readPayments(trx: Trx, ids: readonly string[]) {
  type Row = Omit<PaymentFact, "declines"> & { orderId: string; declines: DeclineRow[] };
  const { rows } = await sql<Row>`
    SELECT order_id AS "orderId", id, attempt, version, status, provider, reference,
      amount_minor AS "amountMinor", currency, asked_at AS "askedAt", intent_id AS "intentId",
      secret_stored_at AS "secretStoredAt", captured_minor AS "capturedMinor",
      captured_currency AS "capturedCurrency", captured_at AS "capturedAt", method,
      processing_since AS "processingSince", observed_at AS "observedAt",
      created_at AS "createdAt", ${waiting},
      (SELECT coalesce(json_agg(json_build_object('chargeId', charge_id, 'code', code,
          'declineCode', decline_code, 'at', at) ORDER BY at, charge_id), '[]')
        FROM payment_failures WHERE payment_id = payments.id) AS declines
    FROM payments WHERE ${ofOrders(ids)} ORDER BY order_id, attempt`.execute(trx);
  return rows.map(({ declines, ...payment }) => ({
    ...payment,
    declines: declines.map(({ at, ...decline }) => ({ ...decline, at: new Date(at) })),
  }));
}

/** An order that was paid in many tries has a few dozen events; a flood of them is cut. */
const mostEvents = 100;

/** The newest events of each payment, the oldest of them first. */
async function readInbox(trx: Trx, payments: readonly { id: string; orderId: string }[]) {
  const orders = new Map(payments.map(({ id, orderId }) => [id, orderId]));
  const { rows } = await sql<InboxFact & { paymentId: string }>`
    SELECT events.* FROM unnest(${[...orders.keys()]}::uuid[]) AS wanted (payment),
      LATERAL (
        SELECT id, source, type, topic, intent_id AS "intentId", payment_id AS "paymentId",
          status, received_at AS "receivedAt", settled_at AS "settledAt", ${waiting}
        FROM webhook_events WHERE payment_id = wanted.payment
        ORDER BY received_at DESC LIMIT ${mostEvents}
      ) AS events
    ORDER BY "receivedAt", id`.execute(trx);
  return rows.map((event) => ({ ...event, orderId: orders.get(event.paymentId) ?? "" }));
}
