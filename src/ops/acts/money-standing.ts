import { formatMoney } from "../../notifications/format.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { PaymentFact } from "../facts/money-facts.ts";
import { impossible, type Plan } from "./act.ts";

type Facts = Pick<OrderFacts, "payments" | "refunds" | "disputes">;

/** A payment whose money came, and how much of it can still go back. */
export type Refundable = { payment: PaymentFact; leftMinor: number };

/** The captured payments; the first is the one that is refunded where nobody says which. */
export function refundablesOf(facts: Facts): Refundable[] {
  const { payments, refunds } = facts;
  return payments
    .filter(({ status }) => status === "captured")
    .map((payment) => {
      const asked = refunds.filter((refund) => {
        return refund.paymentId === payment.id && refund.status !== "failed";
      });
      const askedMinor = asked.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
      return { payment, leftMinor: payment.capturedMinor - askedMinor };
    })
    .sort((one, other) => place(facts, one) - place(facts, other) || byLeft(one, other));
}

/** As orders/refunds/refund-order.ts has it. */
function place(facts: Facts, { payment, leftMinor }: Refundable): number {
  const isElsewhere = Number(payment.provider !== "stripe");
  if (leftMinor <= 0) return 4 + isElsewhere;
  return (disputeOf(facts, payment) === null ? 0 : 2) + isElsewhere;
}

function byLeft(one: Refundable, other: Refundable): number {
  return other.leftMinor - one.leftMinor;
}

/** Why a bank's dispute keeps a payment's money from going back; null where it does not. */
export function disputeOf({ disputes }: Facts, { id }: PaymentFact): Plan | null {
  const statuses = disputes.filter(({ paymentId }) => paymentId === id).map((each) => each.status);
  if (statuses.includes("open")) {
    return impossible(
      "dispute_open",
      "The customer's bank disputes this payment: a refund would pay it twice. Answer the " +
        "dispute in Stripe's dashboard.",
    );
  }
  if (!statuses.includes("lost")) return null;
  const because = "The customer's bank has taken this payment back already: nothing is left.";
  return impossible("dispute_lost", because);
}

/** Why Stripe can't give back what it never had; null where it had it, or it is back already. */
export function elsewhere({ payment, leftMinor }: Refundable): Plan | null {
  if (payment.reference === null || leftMinor <= 0) return null;
  return impossible(
    "paid_elsewhere",
    "This money did not come through Stripe: give it back the way it came (see its reference), " +
      "and put that on record with a refund. Then cancel the order.",
  );
}

export function moneyOf({ payment, leftMinor }: Refundable): string {
  return formatMoney(leftMinor, payment.capturedCurrency ?? payment.currency, "en");
}

/** What of a payment went back, as far as Stripe has it, and whether a bank asked for it. */
export type MoneyBack = { refundedMinor: number; disputed: boolean };

export function moneyBackOf(
  { refunds, disputes }: Pick<OrderFacts, "refunds" | "disputes">,
  { id }: PaymentFact,
): MoneyBack {
  const gone = refunds.filter(({ paymentId, provider, status }) => {
    return (
      paymentId === id && provider === "stripe" && (status === "pending" || status === "succeeded")
    );
  });
  return {
    refundedMinor: gone.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    disputed: disputes.some(({ paymentId }) => paymentId === id),
  };
}
