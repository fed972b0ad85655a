import type { OrderFacts } from "../facts/facts.ts";
import type { DisputeFact, PaymentFact, RefundFact } from "../facts/money-facts.ts";
import { capturedOf, capturedPayments, givenBack, lostToBank, matches } from "./payments.ts";
import { ageOf, lastEvent } from "./words.ts";

/** Money that the customer has a right to, and that is not on its way to them. */
type Owed = { payment: PaymentFact; amountMinor: number; currency: string };

/**
 * What is owed to an order's customer: what came besides its price, what came for an order that
 * has ended, and refunds that failed.
 */
export function owedMoney(facts: OrderFacts): Owed[] {
  const kept = keptPayment(facts);
  return capturedPayments(facts).flatMap((payment) => {
    const left = leftOf(facts, payment);
    const failed = facts.refunds.filter(
      (refund) => refund.paymentId === payment.id && isOpenFailure(facts, refund),
    );
    const promised = failed.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    const amountMinor = payment === kept ? Math.min(left, promised) : left;
    return amountMinor > 0 ? [{ payment, ...capturedOf(payment), amountMinor }] : [];
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
  if (status === "paid") return true;
  const cancelled = lastEvent(facts, "cancelled_after_payment");
  return status === "cancelled" && cancelled?.detail["refund"] === "none";
}

/** What of a payment has neither gone back nor been taken back by the customer's bank. */
function leftOf(facts: OrderFacts, payment: PaymentFact): number {
  return payment.capturedMinor - givenBack(facts, payment) - lostToBank(facts, payment);
}

/** A refund that ended without its money, and that no other made good. */
export function isOpenFailure(facts: OrderFacts, refund: RefundFact): boolean {
  if (refund.status !== "failed") return false;
  const payment = facts.payments.find(({ id }) => id === refund.paymentId);
  const left = payment ? payment.capturedMinor - givenBack(facts, payment) : refund.amountMinor;
  const later = facts.refunds.some((other) => {
    return (
      other.status !== "failed" &&
      other.createdAt > refund.createdAt &&
      other.paymentId === refund.paymentId &&
      other.amountMinor === refund.amountMinor
    );
  });
  return left > 0 && !later;
}

/** A question of the customer's bank that nobody has answered, and that still can be. */
export function unansweredDispute(facts: OrderFacts): DisputeFact | undefined {
  return facts.disputes.find(({ status, isAnswered, evidenceDueAt }) => {
    const isOpen = status === "open" || status === "inquiry";
    return isOpen && !isAnswered && (evidenceDueAt === null || ageOf(facts, evidenceDueAt) < 0);
  });
}
