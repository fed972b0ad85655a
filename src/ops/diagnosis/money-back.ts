import { revivableHours } from "../../orders/paying/payment-rows.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { PaymentFact, RefundFact } from "../facts/money-facts.ts";
import { requeue } from "./jobs.ts";
import { openFailures } from "./owed.ts";
import { refundArrivesWithin, refundAskedWithin } from "./patience.ts";
import { capturedPayments, matches, refundOf } from "./payments.ts";
import type { Advice, Finding } from "./rule.ts";
import { noAnswer } from "./stripe-away.ts";
import { ageOf, duration, flaggedAt, lastEvent, money, named, plainReason } from "./words.ts";

const settle: Advice = { act: "settle", input: {} };

/** A refund that ended without its money, and that no other made good. */
export function refundFailed(facts: OrderFacts): Finding | null {
  const failed = openFailures(facts).at(-1);
  const isFlagged = facts.order.attention === "refund_failed";
  if (!failed) return isFlagged ? refundFailedBefore(facts) : null;
  const { id, amountMinor, currency, failure, settledAt } = failed;
  const lost = facts.disputes.find(({ paymentId, status }) => {
    return paymentId === failed.paymentId && status === "lost";
  });
  const rest = lost
    ? `Their bank has given them ${money(lost.amountMinor, lost.currency)} by a dispute since.`
    : "The customer has not got this money.";
  return {
    code: "refund_failed",
    severity: "problem",
    sentence: [
      `${named(facts)}: the refund of ${money(amountMinor, currency)}`,
      `failed${failure ? ` (${failure})` : ""}. ${rest}`,
    ].join(" "),
    evidence: [
      { what: `Refund ${failed.stripeId ?? id} failed: ${failure ?? "no reason"}.`, at: settledAt },
      ...(lost ? [{ what: `Dispute ${lost.id} is lost.`, at: lost.closedAt }] : []),
    ],
    since: settledAt,
    atStakeMinor: lost ? Math.max(amountMinor - lost.amountMinor, 0) : amountMinor,
    advice: [...refundOf(facts, failed.paymentId, amountMinor), settle],
    happened: settledAt ?? failed.createdAt,
  };
}

function refundFailedBefore(facts: OrderFacts): Finding {
  const at = flaggedAt(facts, "refund_failed");
  return {
    code: "refund_failed",
    severity: "problem",
    sentence: [
      `${named(facts)}: a refund failed, and its money went back in another way since.`,
      "Look at it, then settle it.",
    ].join(" "),
    evidence: [{ what: "The order was flagged: refund_failed.", at }],
    since: at,
    atStakeMinor: 0,
    advice: [settle],
    happened: at,
  };
}

/** Money that is on its way back, and whether it takes too long. */
export function refundOnItsWay(facts: OrderFacts): Finding | null {
  const open = facts.refunds.filter(({ status }) => status === "requested" || status === "pending");
  const stuck = open.find((refund) => isStuck(facts, refund));
  const refund = stuck ?? open[0];
  if (!refund) return null;
  const { id, amountMinor, currency, createdAt, lastError } = refund;
  const amount = money(amountMinor, currency);
  const time = duration(ageOf(facts, createdAt));
  const where = refund.status === "pending" ? "Stripe has taken it" : "Stripe has not taken it yet";
  const why = lastError ? ` ${plainReason(lastError)}` : "";
  return {
    code: stuck ? "refund_stuck" : "refund_under_way",
    severity: stuck ? "problem" : "waiting",
    sentence: stuck
      ? [
          `${named(facts)}: the refund of ${amount} does not come through. It was asked`,
          `for ${time} ago; ${where}.${why}`,
        ].join(" ")
      : `${named(facts)}: ${amount} is on its way back to the customer. ${where}.`,
    evidence: [
      { what: `Refund ${refund.stripeId ?? id} is ${refund.status}.`, at: createdAt },
      ...(lastError ? [{ what: lastError, at: null }] : []),
    ],
    since: createdAt,
    atStakeMinor: amountMinor,
    covers: noAnswer.test(lastError ?? "") ? ["stripe_unreachable"] : [],
    advice: stuck ? [...requeue(facts, id), { act: "check", input: {} }] : [],
  };
}

function isStuck(facts: OrderFacts, { status, createdAt, lastError, round }: RefundFact): boolean {
  const age = ageOf(facts, createdAt);
  if (status === "pending") return age > refundArrivesWithin;
  return age > refundAskedWithin || round > 1 || /balance_insufficient/.test(lastError ?? "");
}

/** Money came for an order that had ended, and went back or is to. */
export function lateMoney(facts: OrderFacts): Finding | null {
  const { order } = facts;
  if (order.status !== "expired" && order.status !== "cancelled") return null;
  const refund = facts.refunds.findLast(({ reason }) => reason === "late_money");
  const payment = capturedPayments(facts).find(({ id }) => id === refund?.paymentId);
  if (!refund || !payment || refund.status === "failed") return null;
  const soldOut = couldHaveLived(facts, payment);
  const amount = money(refund.amountMinor, refund.currency);
  const arrived = refund.status === "succeeded";
  const ended = lastEvent(facts, "hold_expired", "cancelled")?.at ?? null;
  return {
    code: soldOut ? "sold_out_while_paying" : "late_money",
    severity: arrived ? "fine" : "waiting",
    sentence: [
      `${named(facts)}: ${amount} came after the order had`,
      `ended${soldOut ? ", and its goods were sold meanwhile" : ""}.`,
      `${arrived ? "It went back in full" : "It is on its way back"}, with an apology.`,
    ].join(" "),
    evidence: [
      { what: `Payment ${payment.intentId} was captured.`, at: payment.capturedAt },
      { what: `The order was ${order.status}.`, at: ended },
      { what: `Refund ${refund.stripeId ?? refund.id} is ${refund.status}.`, at: refund.createdAt },
    ],
    since: payment.capturedAt,
    atStakeMinor: arrived ? 0 : refund.amountMinor,
  };
}

/** It fitted, and came in time to bring the order back: that it did not says why. */
function couldHaveLived({ order }: OrderFacts, payment: PaymentFact): boolean {
  const { capturedAt } = payment;
  if (!matches(payment) || capturedAt === null) return false;
  return capturedAt.getTime() - order.placedAt.getTime() < revivableHours * 3_600_000;
}
