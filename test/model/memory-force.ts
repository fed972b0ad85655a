import type { Job } from "./books.ts";
import { requestRefund } from "./memory-refunds.ts";
import type { OrderRow, PaymentRow, Rules } from "./memory-rows.ts";
import type { Tables } from "./memory-tables.ts";

/** Takes an order as paid by other means than Stripe; where that is refused, nothing happens. */
export function payByForce(tables: Tables, rules: Rules, orderId: string): Job[] {
  const order = tables.order(orderId);
  const payments = tables.paymentsOf(orderId);
  const captured = payments.filter(({ status }) => status === "captured");
  const wasPaid = order.history.some(({ to }) => to === "paid");
  const isOwed = order.status !== "awaiting_payment" && captured.some((one) => isLeft(tables, one));
  if (wasPaid || isOwed || !holdsGoods(tables, order)) return [];
  bookElsewhere(tables, order);
  const leftOver = tables.advance("paid_by_force", orderId);
  // Whatever came before and did not match goes back, and what is open at Stripe is cancelled.
  const refunds = captured
    .filter(({ capturedMinor, amountMinor }) => capturedMinor !== amountMinor)
    .flatMap(({ id: paymentId }) => {
      const about = { paymentId, reason: "amount_mismatch", amountMinor: null };
      const intention = `amount_mismatch:${paymentId}`;
      return requestRefund(tables, rules, { ...about, intention }).jobs;
    });
  const open = payments.filter(
    ({ status }) => status === "pending" || status === "action_required",
  );
  return [...leftOver, ...refunds, ...open.map(({ id }) => ({ kind: "cancel_payment", id }))];
}

function isLeft(tables: Tables, { id, capturedMinor }: PaymentRow): boolean {
  const gone = [...tables.refunds.values()]
    .filter(({ paymentId, status }) => paymentId === id && status !== "failed")
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return gone < capturedMinor;
}

/** They are held, or taken now: what it holds of another quantity counts, and stays if refused. */
function holdsGoods(tables: Tables, order: OrderRow): boolean {
  const held = tables.holds.find(
    ({ orderId, status }) => orderId === order.id && status === "held",
  );
  const missing = order.quantity - (held?.quantity ?? 0);
  return missing <= tables.stock.onHand - tables.stock.reserved && tables.hold(order);
}

function bookElsewhere(tables: Tables, { id: orderId, totalMinor }: OrderRow): void {
  const id = tables.id("payment");
  tables.payments.set(id, {
    ...{ id, orderId, status: "captured", amountMinor: totalMinor, isExternal: true },
    ...{ askedAt: null, tryNumber: 1, intentId: null, clientSecret: null, secretStored: false },
    ...{ capturedMinor: totalMinor, capturedAt: tables.now, processingSince: null },
    ...{ observedAt: null, dueAt: null, round: 0, lastError: null },
  });
  const movement = `capture:${id}`;
  tables.book({ movement, from: "sales", to: "external", amountMinor: totalMinor });
}
