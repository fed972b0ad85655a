import type { OrderFacts } from "../facts/facts.ts";
import type { PaymentFact } from "../facts/money-facts.ts";
import {
  capturedOf,
  capturedPayments,
  givenBack,
  lostToBank,
  matches,
  refundOf,
} from "./payments.ts";
import type { Advice, Finding } from "./rule.ts";
import { flaggedAt, lastEvent, money, named, total } from "./words.ts";

const settle: Advice = { act: "settle", input: {} };

/** More than one payment of the order was captured. */
export function twoPayments(facts: OrderFacts): Finding | null {
  const captured = capturedPayments(facts);
  if (captured.length < 2) return null;
  // What has gone back least is what the order was paid with; Stripe's money came besides what an
  // admin took for it.
  const byBack = captured.toSorted((one, other) => {
    const gone = goneFrom(facts, one) - goneFrom(facts, other);
    return gone || Number(one.provider === "stripe") - Number(other.provider === "stripe");
  });
  const kept = byBack.find(matches) ?? byBack[0];
  const extra = captured.filter((payment) => payment !== kept);
  const left = extra.reduce((sum, one) => sum + one.capturedMinor - goneFrom(facts, one), 0);
  const arrived = extra.every((one) => {
    return goneFrom(facts, one, ["succeeded"]) >= one.capturedMinor;
  });
  const under = left <= 0 && !arrived;
  const { order } = facts;
  const isFlagged = order.attention === "second_payment";
  if (arrived && !isFlagged) return null;
  const at = captured.at(-1)?.capturedAt ?? null;
  const sum = money(
    extra.reduce((all, one) => all + one.capturedMinor, 0),
    order.currency,
  );
  const rest = under
    ? "It is on its way back to the customer."
    : arrived
      ? "It went back to the customer in full."
      : `${money(left, order.currency)} of it has not gone back.`;
  return {
    code: "two_payments",
    severity: under ? "waiting" : "problem",
    sentence: [
      `${named(facts)} of ${total(facts)} was paid more than once: ${sum} came besides.`,
      `${rest}`,
    ].join(" "),
    evidence: captured.map((one) => ({
      what: [
        `Payment ${one.attempt} (${one.intentId ?? "by other means"}) was captured:`,
        `${money(one.capturedMinor, one.capturedCurrency ?? one.currency)}.`,
      ].join(" "),
      at: one.capturedAt,
    })),
    since: at,
    atStakeMinor: arrived ? 0 : Math.max(left, 0),
    advice: under ? [] : left > 0 ? refundsOf(facts, extra) : [settle],
    happened: flaggedAt(facts, "second_payment") ?? at,
  };
}

/** What of a payment is the shop's no more: given back, or taken back by the customer's bank. */
function goneFrom(facts: OrderFacts, payment: PaymentFact, statuses?: readonly string[]): number {
  return givenBack(facts, payment, statuses) + lostToBank(facts, payment);
}

function refundsOf(facts: OrderFacts, extra: readonly PaymentFact[]): Advice[] {
  return extra.flatMap((one) => {
    return refundOf(facts, one.id, one.capturedMinor - givenBack(facts, one), "duplicate");
  });
}

/** Money came that does not fit what the order asks for. */
export function amountMismatch(facts: OrderFacts): Finding | null {
  const { order } = facts;
  const odd = capturedPayments(facts).find((payment) => {
    return !matches(payment) && givenBack(facts, payment, ["succeeded"]) < payment.capturedMinor;
  });
  const isOpen = odd !== undefined && order.status === "awaiting_payment";
  if (!isOpen && order.attention !== "amount_mismatch") return null;
  const came = odd && capturedOf(odd);
  const backIsAsked = odd !== undefined && givenBack(facts, odd) >= odd.capturedMinor;
  const at = odd?.capturedAt ?? flaggedAt(facts, "amount_mismatch");
  const what = came
    ? `${money(came.amountMinor, came.currency)} was paid and ${total(facts)} was asked for.`
    : "an amount was paid that did not fit it. It went back to the customer.";
  return {
    code: "amount_mismatch",
    severity: backIsAsked ? "waiting" : "problem",
    sentence: `${named(facts)}: ${what}${backIsAsked ? " The money is on its way back." : ""}`,
    evidence: came
      ? [
          {
            what: `${odd?.intentId} was captured with ${money(came.amountMinor, came.currency)}.`,
            at,
          },
        ]
      : [],
    since: at,
    atStakeMinor: came?.amountMinor ?? 0,
    advice: [{ act: "release_hold", input: {} }, settle],
    happened: isOpen ? null : at,
  };
}

const oddities = {
  foreign_intent: "foreign_payment",
  second_intent: "foreign_payment",
  refunded_at_stripe: "refunded_at_stripe",
  payment_cancelled_at_stripe: "payment_cancelled_at_stripe",
} as const;

const said: Record<keyof typeof oddities, string> = {
  foreign_intent: "Stripe shows a payment under this order's name that Aurora did not make.",
  second_intent: "Stripe shows another payment than ours for this order, and it was paid.",
  refunded_at_stripe: "somebody gave its money back in Stripe's dashboard before it was paid here.",
  payment_cancelled_at_stripe:
    "somebody cancels its payments in Stripe's dashboard, again and again; Aurora opens no more.",
};

/** What helps as long as the order still awaits its payment. */
const helps = {
  refunded_at_stripe: "release_hold",
  payment_cancelled_at_stripe: "retry_payment",
} as const;

/** Whether a flag is told of by `doneAtStripe`. */
export function isOddity(flag: string): flag is keyof typeof oddities {
  return Object.hasOwn(oddities, flag);
}

/** What somebody did at Stripe that Aurora does not judge. */
export function doneAtStripe(facts: OrderFacts): Finding | null {
  const { attention: code, status, totalMinor } = facts.order;
  if (code === null || !isOddity(code)) return null;
  const at = flaggedAt(facts, code) ?? lastEvent(facts, "attention")?.at ?? null;
  const isOpen = status === "awaiting_payment" && code in helps;
  const help: Advice[] = isOpen ? [{ act: helps[code as keyof typeof helps], input: {} }] : [];
  return {
    code: oddities[code],
    severity: "problem",
    sentence: `${named(facts)} of ${total(facts)}: ${said[code]}`,
    evidence: [{ what: `The order was flagged: ${code}.`, at }],
    since: at,
    atStakeMinor: totalMinor,
    advice: [...help, settle],
    happened: at,
  };
}
