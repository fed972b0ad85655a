import { z } from "zod";
import { isLiving, type Kin } from "../../orders/kin.ts";
import { soldStatuses } from "../../orders/lifecycle.ts";
import { payByForce } from "../../orders/operators/pay-by-force.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";
import { cancel, planCancel, refundChoice } from "./cancel.ts";
import { moneyOf, refundablesOf } from "./money-standing.ts";
import { planRelease, releaseHold } from "./release-hold.ts";
import { moneyAtStripe } from "./stripe-standing.ts";

export const settableStatuses = ["cancelled", "expired", "paid"] as const;
const mostReference = 200;

const input = z
  .strictObject({
    to: z
      .enum(settableStatuses, `Must be one of ${settableStatuses.join(", ")}.`)
      .meta({ title: "New status" }),
    reference: z
      .string()
      .trim()
      .min(3, "Must have at least 3 characters.")
      .max(mostReference, `Must have at most ${mostReference} characters.`)
      .optional()
      .meta({
        title: "Reference",
        description: "For paid: where the money is to be found, such as a bank transfer's number.",
      }),
    refund: refundChoice,
  })
  .superRefine(({ to, reference }, context) => {
    if (to !== "paid" || reference !== undefined) return;
    const message = "Say where the money is to be found that did not come through Stripe.";
    context.addIssue({ code: "custom", path: ["reference"], message });
  });
type Input = z.output<typeof input>;

/** Moves an order to another status, by the ways that its lifecycle knows and no others. */
export const setStatus: Act<Input> = {
  name: "set_status",
  title: "Set the status",
  summary: "Cancels, expires or marks as paid by other means: only what the lifecycle allows.",
  leastRole: "operator",
  role: ({ to }) => (to === "paid" ? "admin" : "operator"),
  input,
  asksStripe: true,
  plan: planStatus,
  async perform(trx, means, call, facts): Promise<Done> {
    const { orderId, actor, reason, input } = call;
    if (input.to === "cancelled") {
      return cancel.perform(trx, means, { ...call, input: { refund: input.refund } }, facts);
    }
    if (input.to === "expired")
      return releaseHold.perform(trx, means, { ...call, input: {} }, facts);
    const reference = input.reference ?? "";
    const { settings } = means;
    const forced = await payByForce(trx, settings, { orderId, reference, note: reason, actor });
    const sentence = "The order is paid: its money is to be found under the reference given.";
    return { ...forced, sentence, outcome: { reference } };
  },
};

/** The statuses that the order can be set to now. */
export function offeredStatuses(facts: OrderFacts): Input["to"][] {
  return settableStatuses.filter((to) => {
    // Any choice of what becomes of the money will do to be offered.
    const refunds = ["none", null] as const;
    return refunds.some((refund) => planStatus(facts, { to, refund, reference: "-" }).possible);
  });
}

function planStatus(facts: OrderFacts, { to, refund }: Input): Plan {
  if (to === "cancelled") return planCancel(facts, { refund });
  return to === "expired" ? planRelease(facts) : planForce(facts);
}

function closesKin({ number }: Kin): string {
  return (
    `The order ${number}, which has the same goods, is cancelled: through Stripe where it can be ` +
    "paid. Money that came for it goes back in full."
  );
}

function planForce(facts: OrderFacts): Plan {
  const { order, events, payments } = facts;
  if (soldStatuses.includes(order.status)) {
    return impossible("already_paid", "The order is paid already.");
  }
  if (events.some(({ to }) => to === "paid")) {
    return impossible(
      "paid_before",
      "The order was paid and cancelled: its books are closed. Order its goods again.",
    );
  }
  const isOwed = refundablesOf(facts).some(({ leftMinor }) => leftMinor > 0);
  if (isOwed && order.status !== "awaiting_payment") {
    return impossible(
      "money_not_returned",
      "Stripe still has money that came for this order and did not go back. Refund that first.",
    );
  }
  const atStripe = moneyAtStripe(facts);
  if (atStripe) return atStripe;
  const isOpen = payments.some(
    ({ status }) => status === "pending" || status === "action_required",
  );
  const isComing = payments.some(({ status }) => status === "processing");
  const odd = refundablesOf(facts).filter(({ leftMinor }) => leftMinor > 0);
  return possible(
    "The order is paid, by other means than Stripe, and booked as such.",
    ...odd.map((one) => `${moneyOf(one)} that came and does not match goes back in full.`),
    ...(facts.kin ?? []).filter(isLiving).map(closesKin),
    "Goods that are not held yet are taken now; if one is missing, nothing is done.",
    ...(isOpen ? ["What could still be paid at Stripe is cancelled there."] : []),
    ...(isComing ? ["Money is on its way at Stripe: if it comes, it goes back in full."] : []),
    "The customer gets the mail of a paid order.",
  );
}
