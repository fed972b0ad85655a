import { soldStatuses } from "../../src/orders/lifecycle.ts";
import type { Intent } from "../../src/payments/intent.ts";
import type { Snapshot } from "./books.ts";
import { statusOf, sumOf } from "./promises.ts";
import type { TinyStripe } from "./tiny-stripe.ts";

/** What must be true once everything was heard and nothing waits any more; answers what is not. */
export function brokenAtRest(books: Snapshot, stripe: TinyStripe): string[] {
  const intents = [...stripe.intents.values()];
  const captured = intents.filter(({ status }) => status === "captured");
  return [
    ...captured.filter((intent) => isForgotten(books, stripe, intent)).map(tell("is forgotten")),
    ...intents
      .filter(({ status }) => status !== "captured" && status !== "cancelled")
      .map(tell("can still be paid, though nobody waits for it")),
    ...paidTwice(books, stripe, captured),
    ...booksThatDiffer(books, stripe, captured),
    ...books.orders
      .filter(({ status }) => status === "awaiting_payment" || status === "reserving")
      .map(({ id, status }) => `${id} is still ${status}`),
  ];
}

/** Taken money paid its order, went back, is fought over, or is shown to a person. */
function isForgotten(books: Snapshot, stripe: TinyStripe, { id, capturedMinor }: Intent): boolean {
  const payment = books.payments.find(({ intentId }) => intentId === id);
  if (payment?.status !== "captured" || payment.capturedMinor !== capturedMinor) return true;
  const order = books.orders.find((one) => one.id === payment.orderId);
  const isSold = order !== undefined && soldStatuses.includes(order.status);
  const isPaid = isSold && order.totalMinor === capturedMinor;
  const wasKept = order?.history.some(({ detail }) => detail["refund"] === "none");
  const isFought = stripe.isDisputed(id);
  return !(
    isPaid ||
    wasKept ||
    isFought ||
    stripe.left(id) === 0 ||
    isWithAPerson(books, payment.id)
  );
}

/** Stripe refused to give it back, or a bank sent it back again: the order calls for somebody. */
function isWithAPerson({ orders, payments, refunds }: Snapshot, paymentId: string): boolean {
  const { orderId } = payments.find(({ id }) => id === paymentId) ?? {};
  const isFlagged = orders.some(({ id, attention }) => id === orderId && attention !== null);
  return isFlagged && refunds.some((one) => one.paymentId === paymentId && one.status === "failed");
}

/** Of two captures for one order, at most one is kept. */
function paidTwice(books: Snapshot, stripe: TinyStripe, captured: readonly Intent[]): string[] {
  const kept = captured.filter(({ id }) => {
    const payment = books.payments.find(({ intentId }) => intentId === id);
    const isFought = stripe.isDisputed(id);
    return stripe.left(id) > 0 && !isFought && !isWithAPerson(books, payment?.id ?? "");
  });
  const elsewhere = books.payments.filter(({ isExternal }) => isExternal);
  const orders = [...kept, ...elsewhere].map(({ orderId }) => orderId);
  return orders
    .filter((orderId, index) => orders.indexOf(orderId) !== index)
    .map((orderId) => `${orderId} is paid for twice (${statusOf(books, orderId ?? "")})`);
}

/** Payment by payment, refund by refund, and all in all, both books say the same. */
function booksThatDiffer(books: Snapshot, stripe: TinyStripe, captured: readonly Intent[]) {
  const sent = books.refunds.filter(({ status }) => status === "pending" || status === "succeeded");
  const differing = captured.filter(({ id, capturedMinor }) => {
    const payment = books.payments.find(({ intentId }) => intentId === id);
    const gone = sumOf(sent.filter(({ paymentId }) => paymentId === payment?.id));
    return capturedMinor - gone !== stripe.left(id);
  });
  const balance = sumOf(books.ledger.filter(({ account }) => account === "stripe"));
  return [
    ...differing.map(tell("has other refunds at Stripe than in our books")),
    ...(balance === stripe.balance ? [] : [`we book ${balance}, Stripe ${stripe.balance}`]),
  ];
}

function tell(what: string): (thing: { id: string }) => string {
  return ({ id }) => `${id} ${what}`;
}
