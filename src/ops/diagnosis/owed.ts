import { soldStatuses } from "../../orders/lifecycle.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { DisputeFact, PaymentFact, RefundFact } from "../facts/money-facts.ts";
import { capturedOf, capturedPayments, givenBack, lostToBank, matches } from "./payments.ts";
import { ageOf, lastEvent } from "./words.ts";

/** Money that the customer has a right to, and that is not on its way to them. */
type Owed = {
  payment: PaymentFact;
  amountMinor: number;
  currency: string;
  /** What it is made of: each refund that failed, or all in one. */
  parts: number[];
};

/**
 * What is owed to an order's customer: what came besides its price, what came for an order that
 * has ended, and refunds that failed.
 */
export function owedMoney(facts: OrderFacts): Owed[] {
  const kept = keptPayment(facts);
  const failures = openFailures(facts);
  return capturedPayments(facts).flatMap((payment) => {
    const left = leftOf(facts, payment);
    const failed = failures.filter(({ paymentId }) => paymentId === payment.id);
    const promised = failed.map(({ amountMinor }) => amountMinor);
    const parts = payment === kept ? within(left, promised) : within(left, [left]);
    const amountMinor = parts.reduce((sum, part) => sum + part, 0);
    return amountMinor > 0 ? [{ payment, ...capturedOf(payment), amountMinor, parts }] : [];
  });
}

/** As much of each amount, in turn, as there is. */
function within(left: number, amounts: readonly number[]): number[] {
  let rest = left;
  return amounts.flatMap((amount) => {
    const part = Math.min(amount, rest);
    rest -= part;
    return part > 0 ? [part] : [];
  });
}

/** The payment that the order was paid with: the one that fits, and of which least went back. */
function keptPayment(facts: OrderFacts): PaymentFact | undefined {
  if (!keepsMoney(facts)) return undefined;
  return capturedPayments(facts)
    .filter(matches)
    .toSorted((one, other) => leftOf(facts, other) - leftOf(facts, one))[0];
}

/** It was paid for and stands, or was cancelled with the agreement that nothing goes back. */
function keepsMoney(facts: OrderFacts): boolean {
  const { status } = facts.order;
  if (soldStatuses.includes(status)) return true;
  const cancelled = lastEvent(facts, "cancelled_after_payment");
  return status === "cancelled" && cancelled?.detail["refund"] === "none";
}

/**
 * What of a payment has neither gone back nor been taken back by the customer's bank, nor was kept
 * for goods that were cancelled without their money.
 */
function leftOf(facts: OrderFacts, payment: PaymentFact): number {
  const gone = givenBack(facts, payment) + lostToBank(facts, payment);
  return payment.capturedMinor - gone - keptForGoods(facts, payment);
}

/** As orders/refunds/money-left.ts has it. */
function keptForGoods(facts: OrderFacts, { id }: PaymentFact): number {
  if (facts.keptGoods.length === 0) return 0;
  const kept = lastEvent(facts, "cancelled_after_payment")?.detail["kept"];
  const minor = (kept as Record<string, unknown> | undefined)?.[id];
  return typeof minor === "number" ? minor : 0;
}

/**
 * Refunds that ended without their money, and that no other repeats. A repeat is the same amount of
 * the same payment, asked for once the first had failed; if it fails too, it stands for both.
 */
export function openFailures(facts: OrderFacts): RefundFact[] {
  const open: RefundFact[] = [];
  for (const refund of facts.refunds.toSorted(byAge)) {
    const repeated = open.findIndex((before) => repeats(refund, before));
    if (repeated >= 0) open.splice(repeated, 1);
    if (refund.status === "failed") open.push(refund);
  }
  return open.filter(({ paymentId, amountMinor }) => {
    const payment = facts.payments.find(({ id }) => id === paymentId);
    return (payment ? payment.capturedMinor - givenBack(facts, payment) : amountMinor) > 0;
  });
}

function repeats(refund: RefundFact, before: RefundFact): boolean {
  const { paymentId, amountMinor, settledAt, createdAt } = before;
  const isSame = refund.paymentId === paymentId && refund.amountMinor === amountMinor;
  return isSame && refund.createdAt >= (settledAt ?? createdAt);
}

function byAge(one: RefundFact, other: RefundFact): number {
  return one.createdAt.getTime() - other.createdAt.getTime();
}

/** A question of the customer's bank that nobody has answered, and that still can be. */
export function unansweredDispute(facts: OrderFacts): DisputeFact | undefined {
  return facts.disputes.find(({ status, isAnswered, evidenceDueAt }) => {
    const isOpen = status === "open" || status === "inquiry";
    return isOpen && !isAnswered && (evidenceDueAt === null || ageOf(facts, evidenceDueAt) < 0);
  });
}
