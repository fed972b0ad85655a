import { z } from "zod";
import { soldStatuses } from "../../orders/lifecycle.ts";
import { releaseHold as release } from "../../orders/operators/release-hold.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";
import { refundablesOf } from "./money-standing.ts";
import { inWords, readState } from "./order-state.ts";
import { notHeld } from "./standing.ts";

/** Ends an unpaid order now, as its clock would later. */
export const releaseHold: Act = {
  name: "release_hold",
  title: "Release the hold",
  summary: "Ends an unpaid order now, so that its goods are free for others.",
  leastRole: "operator",
  role: () => "operator",
  input: z.strictObject({}),
  plan: planRelease,
  async perform(trx, { settings }, { orderId, actor }): Promise<Done> {
    const advanced = await release(trx, settings, { orderId, actor });
    const state = await readState(trx, orderId);
    const hasEnded = state?.status === "expired";
    const sentence = hasEnded
      ? "The order has ended, and its goods are free."
      : `The order is ${state ? inWords(state) : "gone"}: it ends once Stripe confirms.`;
    return { ...advanced, sentence, outcome: { ended: hasEnded } };
  },
};

export function planRelease(facts: OrderFacts): Plan {
  const { status } = facts.order;
  if (status === "draft" || status === "reserving") {
    return possible("The order ends as expired. Nobody is written to.");
  }
  if (soldStatuses.includes(status)) {
    return impossible("already_paid", "The order is paid: cancel it to free its goods.");
  }
  const refused = notHeld(facts);
  if (refused) return refused;
  const goods = `${countOf(facts)} held for it are free again.`;
  const money = refundablesOf(facts);
  const isOpen = facts.payments.some(({ secretStoredAt, dueAt }) => secretStoredAt && dueAt);
  if (money.length > 0) {
    const first =
      "Stripe is asked to shut the other payment first: if that fits, the order is paid.";
    const isLeft = money.some(({ leftMinor }) => leftMinor > 0);
    const back = isLeft
      ? "The order ends, and the money that came goes back in full."
      : "The order ends. All money that came went back before.";
    return isOpen ? possible(first, back, goods) : possible(back, goods);
  }
  return isOpen
    ? possible(
        "Stripe is asked to shut the payment first: if the customer is faster, the order is paid.",
        `Once Stripe confirms, the order ends as expired and the ${goods}`,
        "The customer gets a mail that the order has ended.",
      )
    : possible(
        `The order ends as expired at once, and the ${goods}`,
        "The customer gets a mail that the order has ended.",
      );
}

function countOf({ holds }: OrderFacts): string {
  const held = holds.filter(({ status }) => status === "held");
  const items = held.reduce((sum, { quantity }) => sum + quantity, 0);
  return items === 1 ? "1 item" : `${items} items`;
}
