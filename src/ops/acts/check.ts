import { z } from "zod";
import { type Act, type Done, impossible, possible } from "./act.ts";
import { applyStripe, withoutAnswer } from "./apply-stripe.ts";
import { compareRecords, differencesIn } from "./compare-records.ts";
import { inWords, readState } from "./order-state.ts";

const noDifference = "Our record and Stripe's say the same: there is nothing to apply.";

/** Reads the order's payments at Stripe, shows the difference, and applies what Stripe says. */
export const check: Act = {
  name: "check",
  title: "Check in Stripe",
  summary: "Reads the payments at Stripe and applies what Stripe says.",
  leastRole: "operator",
  role: () => "operator",
  input: z.strictObject({}),
  asksStripe: true,
  plan(facts) {
    if (facts.stripe.state === "not_asked") {
      return impossible(
        "never_at_stripe",
        "No payment of this order was started at Stripe yet: there is nothing to compare.",
      );
    }
    const away = withoutAnswer(facts);
    if (away) return away;
    const differences = differencesIn(compareRecords(facts));
    if (differences.length === 0) return possible(noDifference);
    return possible(...differences, "What Stripe says is applied here.");
  },
  async perform(trx, means, { orderId }, facts): Promise<Done> {
    const differences = differencesIn(compareRecords(facts));
    const advanced = await applyStripe(trx, means, facts);
    const state = await readState(trx, orderId);
    const now = state ? ` The order is ${inWords(state)}.` : "";
    const sentence = differences.length === 0 ? noDifference : `Applied what Stripe says.${now}`;
    return { ...advanced, sentence, outcome: { differences } };
  },
};
