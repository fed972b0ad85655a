import type { Close } from "../../src/orders/close-orders.ts";
import type { Ending } from "../../src/orders/lifecycle.ts";
import type { CancelWish, Job } from "./books.ts";
import { applyEdit, mayBePaid, refuseEdit } from "./memory-edits.ts";
import { lookAgainInAnHour } from "./memory-intents.ts";
import { isDisputed, requestRefund } from "./memory-refunds.ts";
import type { OrderRow, PaymentRow, Rules } from "./memory-rows.ts";
import { holdMaxSeconds, leaseSeconds, type Tables } from "./memory-tables.ts";

const selfCancelSeconds = 30 * 60;

/** Shuts the doors of orders whose hold is over, but for those that an operator is to judge. */
export function expireHolds(tables: Tables, rules: Rules): Job[] {
  const due = [...tables.orders.values()].filter(
    (order) =>
      order.status === "awaiting_payment" &&
      order.closing === null &&
      (order.expiresAt ?? 0) <= tables.now &&
      !tables.paymentsOf(order.id).some(({ status }) => status === "captured"),
  );
  return due.flatMap((order) => shut(tables, rules, order, "expired").jobs);
}

/** Closes an order that is due or closing already; answers what Stripe must do for it. */
export function closeOrder(
  tables: Tables,
  rules: Rules,
  order: OrderRow,
  observedAt: string,
): { close: Close | null; jobs: Job[] } {
  const isDue = (order.expiresAt ?? 0) <= tables.now;
  if (order.status !== "awaiting_payment") return { close: null, jobs: [] };
  if (!isDue && order.closing === null) {
    Object.assign(order, { dueAt: order.expiresAt, round: 0, lastError: null });
    return { close: null, jobs: [] };
  }
  const tryNumber = order.round + 1;
  const isEdited = order.closing === "edited" && !isDue;
  const { asked, jobs } = isEdited
    ? changeEdited(tables, order)
    : shut(tables, rules, order, "expired");
  if (!asked?.intentId) return { close: null, jobs };
  const cancel = { paymentId: asked.id, intentId: asked.intentId, tryNumber };
  return { close: { cancel, observedAt }, jobs };
}

/** It becomes what was wanted, or Stripe must cancel its payment first. */
function changeEdited(tables: Tables, order: OrderRow): { asked: PaymentRow | null; jobs: Job[] } {
  order.dueAt = tables.now + leaseSeconds;
  if (!mayBePaid(tables, order)) return { asked: null, jobs: applyEdit(tables, order) };
  return { asked: tables.paymentsOf(order.id).find(isPayable) ?? null, jobs: [] };
}

/** Puts `closing` on record before Stripe is asked; an order that nobody can pay ends at once. */
function shut(
  tables: Tables,
  rules: Rules,
  order: OrderRow,
  reason: Ending,
): { asked: PaymentRow | null; jobs: Job[] } {
  const payments = tables.paymentsOf(order.id);
  const open = payments.find(isPayable) ?? null;
  const mismatch = payments.find(({ status }) => status === "captured");
  const isHeldTooLong = (order.heldAt ?? 0) + holdMaxSeconds <= tables.now;
  const end = (detail: Record<string, unknown>) => {
    const { closing } = order;
    const ending = closing === null || closing === "edited" ? reason : closing;
    const event = ending === "expired" ? "hold_expired" : "cancelled";
    return tables.advance(event, order.id, detail);
  };
  if (open) {
    const isGivenUp =
      open.status !== "processing" && order.closing && isHeldTooLong && order.lastError !== null;
    if (isGivenUp) {
      const cancel = { kind: "cancel_payment", id: open.id };
      return { asked: null, jobs: [...end({ because: "stripe_unreachable" }), cancel] };
    }
    if (!rules.asksFirst) return { asked: open, jobs: end({}) };
    return { asked: open, jobs: openClosing(tables, order, reason) };
  }
  if (!mismatch) return { asked: null, jobs: end({}) };
  if (!isHeldTooLong) {
    lookAgainInAnHour(tables, order.id);
    return { asked: null, jobs: [] };
  }
  const jobs = end({ because: "amount_mismatch" });
  const about = { paymentId: mismatch.id, reason: "amount_mismatch", amountMinor: null };
  const intention = `amount_mismatch:${mismatch.id}`;
  jobs.push(...requestRefund(tables, rules, { ...about, intention }).jobs);
  return { asked: null, jobs };
}

/** Somebody was handed this payment's secret, and its intent may still be paid. */
function isPayable({ secretStored, status }: PaymentRow): boolean {
  return secretStored && ["pending", "action_required", "processing"].includes(status);
}

function openClosing(tables: Tables, order: OrderRow, reason: Ending): Job[] {
  const isFresh = order.closing === null || order.closing === "edited";
  if (isFresh) {
    tables.remark(order.id, "closing", { closing: reason });
    order.closing = reason;
    refuseEdit(tables, order, "over");
  }
  order.dueAt = tables.now + leaseSeconds;
  return isFresh ? [{ kind: "close_order", id: order.id }] : [];
}

/** Unpaid orders at once or through Stripe; paid ones with what is said of their money. */
export function cancelOrder(tables: Tables, rules: Rules, wish: CancelWish): Job[] {
  const order = tables.order(wish.orderId);
  const captured = tables.paymentsOf(order.id).filter(({ status }) => status === "captured");
  if (order.status === "paid") return cancelPaid(tables, rules, wish, captured);
  if (order.status !== "awaiting_payment") return tables.advance("cancelled", order.id);
  // What is closing already goes on; money that does not match is an operator's to judge.
  const isEnding = order.closing !== null && order.closing !== "edited";
  if (isEnding || captured.length > 0) return [];
  return shut(tables, rules, order, "cancelled").jobs;
}

function cancelPaid(
  tables: Tables,
  rules: Rules,
  { orderId, refund, isGuest }: CancelWish,
  payments: readonly PaymentRow[],
): Job[] {
  const isFresh = ({ capturedAt }: PaymentRow) =>
    (capturedAt ?? 0) > tables.now - selfCancelSeconds;
  if (refund === null || (isGuest && (refund === "none" || !payments.every(isFresh)))) return [];
  if (refund === "full" && payments.some(({ id }) => isDisputed(tables, id))) return [];
  if (refund === "full" && payments.some(({ isExternal }) => isExternal)) return [];
  const wishes = refund === "full" ? payments : [];
  const jobs = wishes.flatMap(({ id: paymentId }) => {
    const about = { paymentId, reason: "order_cancelled", amountMinor: null };
    return requestRefund(tables, rules, { ...about, intention: `order_cancelled:${paymentId}` })
      .jobs;
  });
  return [...jobs, ...tables.advance("cancelled_after_payment", orderId, { refund })];
}
