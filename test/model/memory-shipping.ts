import { holdTransitions } from "../../src/inventory/lifecycle.ts";
import type { CancelWish, Job, ReturnWish } from "./books.ts";
import { requestRefund } from "./memory-refunds.ts";
import type { OrderRow, PaymentRow, Rules } from "./memory-rows.ts";
import { priceMinor, type Tables } from "./memory-tables.ts";

/** Ships so many pieces, or all that is left; where that is refused, nothing happens. */
export function ship(tables: Tables, orderId: string, wanted: number | null): Job[] {
  const order = tables.order(orderId);
  const left = leftToShip(order);
  const quantity = wanted ?? left;
  const mayShip = order.status === "paid" || order.status === "fulfilling";
  if (!mayShip || quantity > left || !isPaidFor(tables, orderId)) return [];
  takePart(tables, orderId, quantity, "consume");
  order.shipped += quantity;
  tables.stock.onHand -= quantity;
  tables.stock.reserved -= quantity;
  tables.advance("shipped", orderId);
  return completeWhereDone(tables, order);
}

/** Moves a part of what an order holds on; what is less than all of it is a row of its own. */
function takePart(
  { holds }: Tables,
  orderId: string,
  quantity: number,
  way: "consume" | "release",
): void {
  const { from, to } = holdTransitions[way];
  const hold = holds.find(
    (each) => each.orderId === orderId && from.some((status) => status === each.status),
  );
  if (!hold || hold.quantity < quantity) throw new Error(`${orderId} does not hold ${quantity}.`);
  if (hold.quantity === quantity) {
    hold.status = to;
    return;
  }
  hold.quantity -= quantity;
  holds.push({ orderId, quantity, status: to });
}

function completeWhereDone(tables: Tables, order: OrderRow): Job[] {
  return leftToShip(order) === 0 ? tables.advance("completed", order.id) : [];
}

function leftToShip({ quantity, shipped, cancelled }: OrderRow): number {
  return quantity - shipped - cancelled;
}

/** No bank disputes it, and some of its money is neither taken back nor given back. */
function isPaidFor(tables: Tables, orderId: string): boolean {
  const payments = tables.paymentsOf(orderId).filter(({ status }) => status === "captured");
  const is = ({ id }: PaymentRow, verdict: string) =>
    [...tables.disputes.values()].some(
      ({ paymentId, status }) => paymentId === id && status === verdict,
    );
  if (payments.some((payment) => is(payment, "open"))) return false;
  return payments.some((payment) => !is(payment, "lost") && leftOf(tables, payment) > 0);
}

function leftOf(tables: Tables, { id, capturedMinor }: PaymentRow): number {
  const gone = [...tables.refunds.values()]
    .filter(({ paymentId, status }) => paymentId === id && status !== "failed")
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return capturedMinor - gone;
}

/** Cancels pieces of a paid order; null where that is not what is wished, or all of it is. */
export function cancelLines(tables: Tables, rules: Rules, wish: CancelWish): Job[] | null {
  const { orderId, quantity: wanted, refund, isGuest } = wish;
  const order = tables.order(orderId);
  const left = leftToShip(order);
  if (order.status === "completed") return [];
  if (order.status !== "fulfilling" && (order.status !== "paid" || wanted === null)) {
    return wanted === null ? null : [];
  }
  const quantity = wanted ?? left;
  if (isGuest || refund === null || quantity > left) return [];
  if (order.status === "paid" && quantity === left) return null;
  const jobs = refund === "full" ? giveBack(tables, rules, order, quantity) : [];
  if (jobs === null) return [];
  takePart(tables, orderId, quantity, "release");
  tables.stock.reserved -= quantity;
  order.cancelled += quantity;
  tables.remark(orderId, "lines_cancelled");
  return [...jobs, ...(order.status === "fulfilling" ? completeWhereDone(tables, order) : [])];
}

/** Takes shipped pieces back; where that is refused, nothing happens. */
export function takeBack(tables: Tables, rules: Rules, wish: ReturnWish): Job[] {
  const { orderId, quantity, restock, refund } = wish;
  const order = tables.order(orderId);
  if (quantity > order.shipped - order.returned) return [];
  const jobs = refund === "full" ? giveBack(tables, rules, order, quantity) : [];
  if (jobs === null) return [];
  order.returned += quantity;
  if (restock) {
    tables.stock.onHand += quantity;
    tables.restocked += quantity;
  }
  tables.remark(orderId, "returned");
  return jobs;
}

/**
 * The price of so many pieces goes back, as far as it did not before; null where a bank disputes
 * it, or Stripe never had it.
 */
function giveBack(tables: Tables, rules: Rules, order: OrderRow, quantity: number): Job[] | null {
  const payment = findPayment(tables, order.id);
  if (!payment || isDisputed(tables, payment)) return null;
  const refunds = [...tables.refunds.values()];
  const known = refunds.filter(
    ({ orderId, status }) => orderId === order.id && status !== "failed",
  );
  const named = known.reduce((sum, { pieces }) => sum + pieces, 0);
  const pieces = Math.min(quantity, order.quantity - named);
  const amountMinor = Math.min(pieces * priceMinor, leftOf(tables, payment));
  if (amountMinor <= 0) return [];
  if (payment.isExternal) return null;
  const wish = { reason: "goods", intention: tables.id("wish"), amountMinor, pieces };
  return requestRefund(tables, rules, { ...wish, paymentId: payment.id }).jobs;
}

/** The one that can best give money back, as the product looks for it. */
function findPayment(tables: Tables, orderId: string): PaymentRow | undefined {
  const rank = (payment: PaymentRow) => [
    leftOf(tables, payment) > 0 && !isDisputed(tables, payment) ? 0 : 1,
    leftOf(tables, payment) > 0 ? 0 : 1,
    payment.isExternal ? 1 : 0,
    -leftOf(tables, payment),
  ];
  const captured = tables.paymentsOf(orderId).filter(({ status }) => status === "captured");
  return captured.sort((one, other) => {
    const ranks = rank(one).map((value, index) => value - (rank(other)[index] ?? 0));
    return ranks.find((difference) => difference !== 0) ?? 0;
  })[0];
}

function isDisputed(tables: Tables, { id }: PaymentRow): boolean {
  return [...tables.disputes.values()].some(
    ({ paymentId, status }) => paymentId === id && (status === "open" || status === "lost"),
  );
}
