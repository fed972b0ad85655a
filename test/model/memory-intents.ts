import type { Applied } from "../../src/orders/paying/apply-intent.ts";
import { captureMovements } from "../../src/orders/paying/capture-movements.ts";
import { foldObservations } from "../../src/orders/paying/fold-observations.ts";
import type { Ownership, Verdict } from "../../src/orders/paying/judge-intent.ts";
import type { PaymentRow as JudgedRow } from "../../src/orders/paying/payment-rows.ts";
import type { Observation } from "../../src/payments/intent.ts";
import { testSettings } from "../support/settings.ts";
import type { Job } from "./books.ts";
import { applyEdit, refuseEdit } from "./memory-edits.ts";
import { requestRefund } from "./memory-refunds.ts";
import type { PaymentRow, Rules } from "./memory-rows.ts";
import { holdMaxSeconds, leaseSeconds, type Tables } from "./memory-tables.ts";

const ownership: Ownership = { installation: "ours", livemode: false };
const settings = testSettings("postgres://unused", { REDIS_URL: "redis://unused" });
const daySeconds = 24 * 3_600;
const hourSeconds = 3_600;
const mostAttempts = 5;

/** The door for what Stripe says of payments: the product judges, these tables are moved. */
export function applyIntents(
  tables: Tables,
  rules: Rules,
  seen: readonly Observation[],
): { applied: (Applied | null)[]; jobs: Job[] } {
  const rows = new Map(seen.map(({ paymentId: id }) => [id, judgedRow(tables, id)]));
  const decisive = foldObservations(seen, rows);
  const verdicts = rules.judgeAll(rows, decisive, ownership, settings);
  for (const verdict of verdicts) {
    save(tables, verdict);
    for (const movement of captureMovements(verdict)) tables.book(movement);
    for (const { orderId, event } of verdict.remarks) tables.remark(orderId, event);
    if (verdict.attention) tables.flag(verdict.attention.orderId, verdict.attention.code);
  }
  const jobs = verdicts.flatMap((verdict) => [
    ...move(tables, rules, verdict),
    ...leaveToDo(tables, verdict),
  ]);
  const byId = new Map(verdicts.map((verdict) => [verdict.row.paymentId, verdict]));
  const applied = seen.map(({ paymentId }): Applied | null => {
    const verdict = byId.get(paymentId);
    if (!verdict) return null;
    const { status, intentId } = verdict.next;
    return { paymentId, status, intentId, ours: verdict.ours, lookAgain: false };
  });
  return { applied, jobs };
}

function judgedRow(tables: Tables, paymentId: string): JudgedRow {
  const payment = tables.payments.get(paymentId);
  if (!payment) throw new Error(`There is no payment ${paymentId}.`);
  const { orderId, status, round, amountMinor, intentId, secretStored, observedAt } = payment;
  const order = tables.order(orderId);
  const since = status === "processing" ? payment.processingSince : null;
  return {
    ...{ paymentId, status, version: 1, round, amountMinor, currency: "gbp", intentId },
    ...{ secretStored, observedAt, orderId, orderNumber: order.number },
    processingSeconds: since === null ? null : tables.now - since,
    otherCaptured: tables
      .paymentsOf(orderId)
      .some((other) => other !== payment && other.status === "captured"),
    ...{ orderStatus: order.status, orderTotalMinor: order.totalMinor },
    closing: order.closing,
    isYoung: order.placedAt > tables.now - daySeconds,
    // No order is placed again in this world.
    paidAsAnother: false,
  };
}

function save(tables: Tables, { row, next, observed, observedAt, changed }: Verdict): void {
  const payment = tables.payments.get(row.paymentId);
  if (!observed || !payment) return;
  const { status, intentId, capturedMinor, clientSecret } = next;
  const { now } = tables;
  const isOver = status === "captured" || status === "cancelled";
  Object.assign(payment, {
    ...{ status, intentId, capturedMinor, lastError: null },
    capturedAt: status === "captured" ? (payment.capturedAt ?? now) : null,
    processingSince:
      status === "processing" ? (payment.processingSince ?? now) : payment.processingSince,
    clientSecret: isOver ? null : (clientSecret ?? payment.clientSecret),
    secretStored: payment.secretStored || clientSecret !== null,
    observedAt:
      payment.observedAt && payment.observedAt > observedAt ? payment.observedAt : observedAt,
    round: changed ? 0 : payment.round,
    dueAt: dueAt(tables, row, next),
  } satisfies Partial<PaymentRow>);
}

function dueAt({ now, ...tables }: Tables, row: JudgedRow, next: Verdict["next"]): number | null {
  switch (next.status) {
    case "created":
      return now + leaseSeconds;
    case "processing":
      return now + next.processingPause;
    case "pending":
    case "action_required":
      return Math.max(tables.orders.get(row.orderId)?.expiresAt ?? now, now) + 60;
    default:
      return null;
  }
}

/** What the payment's new state does to its order. */
function move(tables: Tables, rules: Rules, verdict: Verdict): Job[] {
  const { row, move: step, revive, refund, reopen, refusesEdit } = verdict;
  const order = tables.order(row.orderId);
  if (refusesEdit) refuseEdit(tables, order, refusesEdit);
  const isEdit = step?.event === "edited";
  const jobs = isEdit ? applyEdit(tables, order) : [];
  if (step && !isEdit) jobs.push(...tables.advance(step.event, step.orderId, step.detail));
  const revived = revive && tables.hold(tables.order(row.orderId));
  if (revived) jobs.push(...tables.advance("revived", row.orderId));
  const reason = refund ?? (revive && !revived ? "late_money" : null);
  if (reason) {
    const about = { paymentId: row.paymentId, reason, intention: `${reason}:${row.paymentId}` };
    jobs.push(...requestRefund(tables, rules, { ...about, amountMinor: null }).jobs);
  }
  return reopen ? [...jobs, ...openAgain(tables, row.orderId)] : jobs;
}

function openAgain(tables: Tables, orderId: string): Job[] {
  if (tables.paymentsOf(orderId).length >= mostAttempts) {
    tables.flag(orderId, "payment_cancelled_at_stripe");
    return [];
  }
  tables.remark(orderId, "payment_reopened");
  return tables.openPayment(tables.order(orderId));
}

/** What is still to be asked of Stripe because of how the payment stands. */
function leaveToDo(tables: Tables, { row, move: step, next, changed, ours }: Verdict): Job[] {
  const order = tables.order(row.orderId);
  const isOpen = next.status === "pending" || next.status === "action_required";
  if (row.closing && !step && next.status === "processing") lookAgainInAnHour(tables, row.orderId);
  if (row.closing && !step && changed && isOpen) {
    order.dueAt = tables.now + leaseSeconds;
    return [{ kind: "close_order", id: row.orderId }];
  }
  const isLeftOpen = row.orderStatus !== "awaiting_payment" && ours && isOpen;
  return isLeftOpen ? [{ kind: "cancel_payment", id: row.paymentId }] : [];
}

/** But not past the time for which stock may be held. */
export function lookAgainInAnHour(tables: Tables, orderId: string): void {
  const order = tables.order(orderId);
  if (order.status !== "awaiting_payment") return;
  const most = (order.heldAt ?? 0) + holdMaxSeconds;
  const inAnHour = tables.now + hourSeconds;
  order.dueAt = most > tables.now ? Math.min(inAnHour, most) : inAnHour;
}
