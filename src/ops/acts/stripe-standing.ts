import { paidUnseen } from "../diagnosis/payments.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { impossible, type Plan } from "./act.ts";
import { withoutAnswer } from "./apply-stripe.ts";

/**
 * Why what takes for granted that Stripe has no money of an order can't be done; null where Stripe
 * has just said so, or was never asked for a payment of it.
 */
export function moneyAtStripe(facts: OrderFacts): Plan | null {
  const away = withoutAnswer(facts) ?? ofAnotherAccount(facts);
  if (away) return away;
  if (paidUnseen(facts).length === 0) return null;
  return impossible(
    "paid_at_stripe",
    "Stripe has money of this order that is not applied here yet. Check in Stripe first: that " +
      "applies it.",
  );
}

/** The same for what takes for granted that none can come any more. */
export function openAtStripe(facts: OrderFacts): Plan | null {
  const refused = moneyAtStripe(facts);
  if (refused || facts.stripe.state !== "answered") return refused;
  const isOpen = facts.stripe.intents.some(({ intent }) => {
    return intent !== "missing" && intent.status !== "captured" && intent.status !== "cancelled";
  });
  if (!isOpen) return null;
  return impossible(
    "payment_still_open",
    "Money for it may still come at Stripe and bring it back. Check in Stripe, and wait until " +
      "that payment is over.",
  );
}

/** With other keys Stripe knows no intent of ours: that says nothing about the payment. */
export function ofAnotherAccount({ writesStopped, stripe }: OrderFacts): Plan | null {
  if (writesStopped === null || stripe.state !== "answered") return null;
  return impossible(
    "writes_stopped",
    "Nothing may be written to Stripe at the moment, and what Stripe says may be of another " +
      "account. Decide that first (npm run installation).",
  );
}
