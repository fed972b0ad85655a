import type { OrderFacts } from "../facts/facts.ts";
import type { DisputeFact } from "../facts/money-facts.ts";
import { disputedGoods } from "./goods.ts";
import { unansweredDispute } from "./owed.ts";
import type { Finding } from "./rule.ts";
import { ageOf, ago, flaggedAt, money, named, timeLeft } from "./words.ts";

/** A bank asks about a payment, or takes its money back. */
export function disputeOpen(facts: OrderFacts): Finding | null {
  const open = facts.disputes.filter(({ status }) => status === "open" || status === "inquiry");
  const dispute = unansweredDispute(facts) ?? open.find(({ isAnswered }) => !isAnswered) ?? open[0];
  if (!dispute) return disputeClosed(facts);
  const { id, amountMinor, currency, reason, openedAt, isAnswered } = dispute;
  const what = dispute.status === "open" ? "disputes" : "asks about";
  return {
    code: "dispute_open",
    severity: isAnswered ? "waiting" : "problem",
    sentence: [
      `${named(facts)}: the customer's bank ${what} ${money(amountMinor, currency)}`,
      `(${reason.replaceAll("_", " ")}).${whatFollows(facts, dispute)}${disputedGoods(facts)}`,
    ].join(" "),
    evidence: [
      {
        what: `Dispute ${id} is ${dispute.status}${isAnswered ? ", and was answered" : ""}.`,
        at: openedAt,
      },
    ],
    since: openedAt,
    atStakeMinor: amountMinor,
    // It is answered in Stripe's dashboard: nothing that could be done here helps.
    happened: wakesAt(facts, dispute),
    goesOn: true,
  };
}

function whatFollows(facts: OrderFacts, { isAnswered, evidenceDueAt }: DisputeFact): string {
  if (isAnswered) return " It was answered in Stripe's dashboard: now the bank decides.";
  if (evidenceDueAt === null) return " Answer it in Stripe's dashboard.";
  const left = timeLeft(facts, evidenceDueAt);
  return left
    ? ` Answer it in Stripe's dashboard within ${left}.`
    : ` The date to answer was ${ago(facts, evidenceDueAt)}: the bank decides.`;
}

/** One that a person has dealt with calls again so long before the bank's date. */
export const lastCallSeconds = 48 * 3_600;

function wakesAt(facts: OrderFacts, { openedAt, evidenceDueAt: dueAt }: DisputeFact): Date {
  if (dueAt === null) return openedAt;
  const lastCall = new Date(dueAt.getTime() - lastCallSeconds * 1_000);
  return ageOf(facts, lastCall) >= 0 && lastCall > openedAt ? lastCall : openedAt;
}

const endings = {
  won: "it was won",
  lost: "it was lost, and the bank keeps the money",
  inquiry: "the bank only asked, and let it rest; nothing was taken",
};

/** The last one that ended, for as long as the order is flagged with it. */
function disputeClosed(facts: OrderFacts): Finding | null {
  if (!facts.order.attention?.startsWith("dispute_")) return null;
  const closedAt = ({ closedAt: at }: DisputeFact) => at?.getTime() ?? 0;
  const last = facts.disputes.toSorted((one, other) => closedAt(one) - closedAt(other)).at(-1);
  const at = last?.closedAt ?? flaggedAt(facts, facts.order.attention);
  const isLost = last?.status === "lost";
  const amount = last ? money(last.amountMinor, last.currency) : "money";
  return {
    code: "dispute_closed",
    severity: "problem",
    sentence: [
      `${named(facts)}: the ${last?.isInquiry ? "bank's inquiry" : "dispute"} about ${amount} is`,
      `over; ${endings[isLost ? "lost" : last?.isInquiry ? "inquiry" : "won"]}. Look at it, then`,
      "settle it.",
    ].join(" "),
    evidence: last ? [{ what: `Dispute ${last.id} is ${last.status}.`, at }] : [],
    since: at,
    atStakeMinor: isLost ? last.amountMinor : 0,
    advice: [{ act: "settle", input: {} }],
    happened: at,
  };
}
