import { z } from "zod";
import { formatMoney } from "../../notifications/format.ts";
import { settleOrder } from "../../orders/operators/settle-order.ts";
import { bookReturned } from "../../orders/refunds/book-returned.ts";
import { type Settled, settledProblems } from "../diagnosis/findings.ts";
import { owedMoney, unansweredDispute } from "../diagnosis/owed.ts";
import { timeLeft } from "../diagnosis/words.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type Done, impossible, type Plan, possible } from "./act.ts";
import { forRole } from "./shape-of-input.ts";

const input = z.strictObject({
  returned: z
    .string()
    .trim()
    .min(3, "Must have at least 3 characters.")
    .max(200, "Must have at most 200 characters.")
    .optional()
    .meta({
      title: "How the money went back",
      description:
        "Only where money is owed to the customer and went back by other means than Stripe, such " +
        "as the number of a bank transfer.",
      [forRole]: "admin",
    }),
});
type Input = z.output<typeof input>;

/** Says that a person has dealt with what happened to an order until now. */
export const settle: Act<Input> = {
  name: "settle",
  title: "Mark as dealt with",
  summary: "Takes the order off the list of problems: a person has dealt with it.",
  leastRole: "operator",
  // No supplier confirms what went back outside Stripe.
  role: ({ returned }) => (returned === undefined ? "operator" : "admin"),
  input,
  plan(facts, { returned }) {
    const refused = keepsOpen(facts, returned);
    if (refused) return refused;
    const back = returned === undefined ? [] : owedMoney(facts).map(sumOf);
    const flag = facts.order.attention;
    return possible(
      ...(back.length === 0 ? [] : [`${back.join(" and ")} ${goneSentence}`]),
      ...settledProblems(facts).map((each) => becomes[each.becomes](each)),
      ...(flag === null ? [] : [`The flag ${flag} is taken down.`]),
      "What happens later may be a problem again.",
    );
  },
  async perform(trx, { settings }, call, facts): Promise<Done> {
    const { orderId, actor, idempotencyKey: key, input } = call;
    const over = settledProblems(facts).filter((each) => each.becomes !== "problem");
    // Not their sentences: those quote suppliers, who name persons.
    const dismissed = over.map(({ code }) => code);
    const { returned } = input;
    const parts = returned === undefined ? [] : owedMoney(facts).flatMap(partsOf);
    const booked = await bookReturned(trx, settings, {
      ...{ orderId, orderNumber: facts.order.number, actor, parts, returned: returned ?? "" },
      intention: `returned:${actor}:${key}`,
    });
    await settleOrder(trx, { orderId, actor, dismissed, returned });
    const outcome = { attention: facts.order.attention, dismissed };
    return { ...booked, sentence: "The order counts as dealt with.", outcome };
  },
};

const goneSentence =
  "goes on record as given back by other means. Stripe is not asked for it, now or later.";

type Owed = ReturnType<typeof owedMoney>[number];

function sumOf({ amountMinor, currency }: Owed): string {
  return formatMoney(amountMinor, currency, "en");
}

function partsOf({ payment, parts }: Owed): { paymentId: string; amountMinor: number }[] {
  return parts.map((amountMinor) => ({ paymentId: payment.id, amountMinor }));
}

const becomes: Record<Settled["becomes"], (settled: Settled) => string> = {
  over: ({ sentence }) => `No problem any more: ${sentence}`,
  waiting: ({ sentence }) => `No problem any more, only waited for: ${sentence}`,
  problem: ({ sentence }) => `It stays a problem, since it goes on: ${sentence}`,
};

/** Why an order must stay on the list: nobody has dealt with its money; null where it need not. */
function keepsOpen(facts: OrderFacts, returned: string | undefined): Plan | null {
  return asked(facts) ?? (returned === undefined ? owed(facts) : nothingOwed(facts));
}

function asked(facts: OrderFacts): Plan | null {
  const dispute = unansweredDispute(facts);
  if (!dispute) return null;
  const { amountMinor, currency, evidenceDueAt } = dispute;
  const amount = formatMoney(amountMinor, currency, "en");
  const left = evidenceDueAt && timeLeft(facts, evidenceDueAt);
  return impossible(
    "dispute_open",
    `The customer's bank still waits for an answer about ${amount}: ` +
      `answer it in Stripe's dashboard${left ? ` within ${left}` : ""}. Aurora sees it there by ` +
      "itself, and then only waits for the bank.",
  );
}

function owed(facts: OrderFacts): Plan | null {
  const owes = owedMoney(facts);
  if (owes.length === 0) return null;
  const sums = owes.map(sumOf);
  const help =
    facts.order.status === "awaiting_payment"
      ? "Release the hold: then all of it goes back."
      : "Refund it.";
  return impossible(
    "money_owed",
    `${sums.join(" and ")} of the customer's money is still owed to them. ${help} If it went ` +
      "back by other means than Stripe, let an admin say how (returned).",
  );
}

function nothingOwed(facts: OrderFacts): Plan | null {
  if (owedMoney(facts).length > 0) return null;
  const because = "No money is owed to the customer: leave out how it went back.";
  return impossible("nothing_owed", because);
}
