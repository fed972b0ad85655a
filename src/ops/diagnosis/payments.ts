import type { refundReasons } from "../../orders/refunds/refund-reasons.ts";
import type { Intent } from "../../payments/intent.ts";
import { liveStatuses } from "../../payments/lifecycle.ts";
import { disputeOf, refundablesOf } from "../acts/money-standing.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { InboxFact, PaymentFact } from "../facts/money-facts.ts";
import type { Advice } from "./rule.ts";

/** The payment that may still become money here, or undefined. */
export function livePayment({ payments }: Pick<OrderFacts, "payments">): PaymentFact | undefined {
  return payments.findLast(({ status }) => liveStatuses.includes(status));
}

export function lastPayment({ payments }: OrderFacts): PaymentFact | undefined {
  return payments.at(-1);
}

export function capturedPayments({ payments }: OrderFacts): PaymentFact[] {
  return payments.filter(({ status }) => status === "captured");
}

/** What Stripe itself said of a payment just now; undefined where it was not asked. */
export function intentOf(
  { stripe }: OrderFacts,
  { id }: PaymentFact,
): Intent | "missing" | undefined {
  if (stripe.state !== "answered") return undefined;
  return stripe.intents.find(({ paymentId }) => paymentId === id)?.intent;
}

/** Payments that Stripe has the money of, and we have not. */
export function paidUnseen(facts: OrderFacts): { payment: PaymentFact; intent: Intent }[] {
  return facts.payments.flatMap((payment) => {
    const intent = intentOf(facts, payment);
    if (intent === undefined || intent === "missing" || payment.status === "captured") return [];
    return intent.status === "captured" ? [{ payment, intent }] : [];
  });
}

const tellsOfMoney = "payment_intent.succeeded";

/** Stripe's words that a payment's money came. */
export function confirmationsOf({ inbox }: OrderFacts, { id }: PaymentFact): InboxFact[] {
  return inbox.filter(({ paymentId, type }) => paymentId === id && type === tellsOfMoney);
}

/** How much of a payment has gone back, or is on its way there. */
export function givenBack(
  { refunds }: OrderFacts,
  { id }: PaymentFact,
  statuses: readonly string[] = ["requested", "pending", "succeeded"],
): number {
  return refunds
    .filter(({ paymentId, status }) => paymentId === id && statuses.includes(status))
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** How much of a payment the customer's bank has taken back for good. */
export function lostToBank({ disputes }: OrderFacts, { id }: PaymentFact): number {
  return disputes
    .filter(({ paymentId, status }) => paymentId === id && status === "lost")
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** Whether what came is what was asked for. */
export function matches(payment: PaymentFact): boolean {
  return (
    payment.capturedMinor === payment.amountMinor && payment.capturedCurrency === payment.currency
  );
}

/** What was captured, in its own currency. */
export function capturedOf(payment: PaymentFact): { amountMinor: number; currency: string } {
  const { capturedMinor: amountMinor, capturedCurrency, currency } = payment;
  return { amountMinor, currency: capturedCurrency ?? currency };
}

/** The advice to give back so much of a payment; none where its money can't go back. */
export function refundOf(
  facts: OrderFacts,
  paymentId: string,
  amountMinor: number,
  reason: (typeof refundReasons)[number] = "other",
): Advice[] {
  const one = refundablesOf(facts).find(({ payment }) => payment.id === paymentId);
  if (!one || amountMinor <= 0 || one.leftMinor < amountMinor) return [];
  if (disputeOf(facts, one.payment) !== null) return [];
  const isOnly = capturedPayments(facts).length === 1;
  const aim = isOnly ? {} : { paymentId };
  return [{ act: "refund", input: { ...aim, amountMinor, reason } }];
}
