import { liveHolds } from "../../src/inventory/lifecycle.ts";
import {
  type OrderStatus,
  orderEvents,
  remarks,
  transition,
  waitingStatuses,
} from "../../src/orders/lifecycle.ts";
import {
  disputeClocks,
  liveStatuses,
  paymentClocks,
  refundClocks,
} from "../../src/payments/lifecycle.ts";
import type { Snapshot } from "./books.ts";
import { onHand } from "./memory-tables.ts";
import type { TinyStripe } from "./tiny-stripe.ts";

const dead: readonly OrderStatus[] = ["rejected", "expired", "cancelled"];

type Order = Snapshot["orders"][number];

/** What must be true at every moment; answers what is not. */
export function brokenPromises(books: Snapshot, stripe: TinyStripe): string[] {
  return [
    ...stockFaults(books),
    ...books.orders.flatMap(historyFaults),
    ...clockFaults(books),
    ...overRefunded(books, stripe),
    ...releasedTooEarly(books, stripe),
    ...unbalanced(books),
    ...books.payments
      .filter(
        ({ hasSecret, orderId }) => hasSecret && statusOf(books, orderId) !== "awaiting_payment",
      )
      .map(({ id }) => `${id} serves a secret that nobody may pay with`),
  ];
}

/**
 * Reserved is what living holds take, never above what is there; each order holds its own; and what
 * is not there any more was shipped and did not come back.
 */
function stockFaults({ orders, holds, stock, restocked }: Snapshot): string[] {
  const live = holds.filter(({ status }) => liveHolds.includes(status));
  const taken = live.reduce((sum, { quantity }) => sum + quantity, 0);
  const shipped = orders.reduce((sum, order) => sum + order.shipped, 0);
  const faults = orders.filter(({ id, status, quantity, history, ...order }) => {
    const own = live.filter(({ orderId }) => orderId === id);
    const left = quantity - order.shipped - order.cancelled;
    const wanted = { awaiting_payment: "held", paid: "sold", fulfilling: "sold" }[status as string];
    // An order that is changed keeps what it holds until its reservation.
    if (status === "reserving" && history.at(-1)?.event !== "checked_out") return own.length > 1;
    if (!wanted) return own.length > 0;
    return own.length !== 1 || own[0]?.status !== wanted || own[0].quantity !== left;
  });
  return [
    ...(stock.reserved === taken ? [] : [`${stock.reserved} are reserved, ${taken} are held`]),
    ...(stock.onHand === onHand - shipped + restocked
      ? []
      : [`${stock.onHand} are there, ${shipped} were shipped, ${restocked} came back`]),
    ...orders.flatMap(goodsFaults),
    ...(stock.reserved <= stock.onHand && stock.reserved >= 0
      ? []
      : ["more is sold than is there"]),
    ...faults.map(({ id, status }) => `${id} is ${status} and does not hold what it should`),
  ];
}

/** Nothing is dealt with twice, and the status says how far its goods are on their way. */
function goodsFaults({ id, status, quantity, shipped, cancelled, returned }: Order): string[] {
  const isSound = shipped + cancelled <= quantity && returned <= shipped;
  const isAsSaid =
    shipped > 0
      ? status === (shipped + cancelled === quantity ? "completed" : "fulfilling")
      : !["fulfilling", "completed"].includes(status);
  return isSound && isAsSaid
    ? []
    : [`${id} is ${status}: of ${quantity} ${shipped} shipped, ${cancelled} not, ${returned} back`];
}

/** Each step begins where the one before ended, by a way that the lifecycle knows. */
function historyFaults({ id, status, history }: Order): string[] {
  const faults = history.flatMap(({ event, from, to }, index) => {
    const before = history[index - 1]?.to ?? null;
    const move = orderEvents.find((known) => known === event);
    const ways = move ? transition(move) : null;
    const isLawful = ways
      ? to === ways.to && (from === null ? ways.from.length === 0 : ways.from.includes(from))
      : from === to && remarks.some((known) => known === event);
    return isLawful && from === before ? [] : [`${id} went from ${from} to ${to} by ${event}`];
  });
  return history.at(-1)?.to === status
    ? faults
    : [...faults, `${id} is ${status} without an event`];
}

/** What waits has a clock, what rests has none; an order has one living payment at most. */
function clockFaults({ orders, payments, refunds, disputes }: Snapshot): string[] {
  const wrong = [
    ...orders.filter(({ status, waits }) => waitingStatuses.includes(status) !== waits),
    ...payments.filter(({ status, waits }) => (paymentClocks[status] !== "rests") !== waits),
    ...refunds.filter(({ status, waits }) => (refundClocks[status] !== "rests") !== waits),
    ...disputes.filter(({ status, waits }) => (disputeClocks[status] !== "rests") !== waits),
  ].map(({ id, status }) => `${id} is ${status} and its clock does not fit that`);
  const living = payments.filter(({ status }) => liveStatuses.includes(status));
  const double = living.filter(
    ({ orderId }, index) => living.findIndex((one) => one.orderId === orderId) !== index,
  );
  return [...wrong, ...double.map(({ id }) => `${id} is a second living payment`)];
}

/** Never more goes back than was taken, and what was meant once goes back once. */
function overRefunded({ payments, refunds }: Snapshot, stripe: TinyStripe): string[] {
  const asked = payments.filter(({ id, capturedMinor }) => {
    const own = refunds.filter((one) => one.paymentId === id && one.isOurs);
    return sumOf(own.filter(({ status }) => status !== "failed")) > capturedMinor;
  });
  const given = [...stripe.intents.values()].filter(({ id }) => stripe.left(id) < 0);
  const stamps = stripe.refunds.flatMap(({ refundId, status }) =>
    refundId !== null && status !== "failed" ? [refundId] : [],
  );
  const twice = stamps.filter((stamp, index) => stamps.indexOf(stamp) !== index);
  return [
    ...asked.map(({ id }) => `of ${id} more is asked back than was captured`),
    ...given.map(({ id }) => `of ${id} more went back than was captured`),
    ...twice.map((stamp) => `${stamp} went back twice`),
  ];
}

/**
 * Close the door before giving the seat away: an order ended only when Stripe had cancelled what
 * could be paid, or says why it did not wait for that.
 */
function releasedTooEarly({ orders, payments }: Snapshot, stripe: TinyStripe): string[] {
  return orders.flatMap(({ id, status, history }) => {
    const end = history.findLast(({ from, to }) => from !== to);
    const isReleased = end?.from === "awaiting_payment" && dead.includes(status);
    if (!isReleased || end.detail["because"]) return [];
    return payments
      .filter(({ orderId, secretStored }) => orderId === id && secretStored)
      .filter(({ intentId }) => stripe.intents.get(intentId ?? "")?.status !== "cancelled")
      .map(({ id: paymentId }) => `${id} gave its stock back while ${paymentId} could be paid`);
  });
}

function unbalanced({ ledger }: Snapshot): string[] {
  const sums = new Map<string, number>();
  for (const { movement, amountMinor } of ledger) {
    sums.set(movement, (sums.get(movement) ?? 0) + amountMinor);
  }
  return [...sums].flatMap(([name, sum]) => (sum === 0 ? [] : [`${name} sums to ${sum}`]));
}

export function statusOf({ orders }: Snapshot, orderId: string): OrderStatus | undefined {
  return orders.find(({ id }) => id === orderId)?.status;
}

export function sumOf(rows: readonly { amountMinor: number }[]): number {
  return rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
