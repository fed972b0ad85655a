import { refusePayLink } from "../../orders/operators/pay-link-limit.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { impossible, type Plan } from "./act.ts";

type Facts = Pick<OrderFacts, "order" | "payments">;

/**
 * Why what needs an order that can be paid now can't be done; null where it can. It says what
 * orders/operators/lock-order.ts holds to.
 */
export function notPayable(facts: Facts): Plan | null {
  const held = notHeld(facts);
  if (held) return held;
  if (!facts.payments.some(({ status }) => status === "captured")) return null;
  return impossible(
    "payment_under_review",
    "Money came for this order that does not match it. Refund it, or release the hold: then all " +
      "of it goes back.",
  );
}

/** The same for what needs goods that are held, and a door that is open. */
export function notHeld({ order }: Pick<Facts, "order">): Plan | null {
  const { status, closing } = order;
  if (status !== "awaiting_payment") return impossible("not_awaiting_payment", insteadOf(status));
  if (closing === null) return null;
  const what = closing === "edited" ? "change" : "end";
  return impossible(
    "order_is_closing",
    `The order is about to ${what}: Stripe is being asked whether money came. Look again in ` +
      "a minute.",
  );
}

/** Why no pay link can be sent now; null where one can. */
export function payLinkStanding({ now, messages }: Pick<OrderFacts, "now" | "messages">) {
  const links = messages.filter(({ template }) => template === "pay_link");
  const refusal = refusePayLink(links, now);
  return refusal && impossible(refusal.code, refusal.message);
}

function insteadOf(status: Facts["order"]["status"]): string {
  switch (status) {
    case "paid":
    case "fulfilling":
    case "completed":
      return "The order is paid: nothing waits for a payment. To give money back, refund it.";
    case "draft":
      return "The order is a draft: nothing is held for it yet. Its customer goes on with it.";
    case "reserving":
      return "The order's goods are being reserved: it can be paid in a moment. Look again then.";
    case "awaiting_payment":
      return "The order awaits its payment.";
    default:
      return `The order is ${status}: it can't be paid any more. Order again makes a new one.`;
  }
}
