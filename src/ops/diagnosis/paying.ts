import { declineSentence } from "../../notifications/decline-words.ts";
import type { OrderFacts } from "../facts/facts.ts";
import type { PaymentFact } from "../facts/money-facts.ts";
import { requeue } from "./jobs.ts";
import { healsWithin } from "./patience.ts";
import { lastPayment, livePayment } from "./payments.ts";
import type { Finding } from "./rule.ts";
import {
  ageOf,
  ago,
  duration,
  flaggedAt,
  lastEvent,
  named,
  plainReason,
  timeLeft,
  total,
} from "./words.ts";

/** Stripe will not take the payment: the customer has no way to pay. */
export function paymentRefused(facts: OrderFacts): Finding | null {
  const { order } = facts;
  const payment = lastPayment(facts);
  const isStuck = order.status === "awaiting_payment" && payment?.status === "failed";
  // Where another attempt was opened since, the customer could pay, and it tells for itself.
  const isTriedAgain = payment !== undefined && payment.status !== "failed";
  if (!isStuck && (isTriedAgain || order.attention !== "payment_refused")) return null;
  const at = flaggedAt(facts, "payment_refused") ?? payment?.createdAt ?? null;
  const failed = facts.payments.findLast(({ status }) => status === "failed");
  const reason = failed?.lastError ? ` ${plainReason(failed.lastError)}` : "";
  return {
    code: "payment_refused",
    severity: "problem",
    sentence: [
      `${named(facts)} of ${total(facts)}: Stripe refused to open the payment, for`,
      `good.${reason}${isStuck ? " The customer can't pay." : ""}`,
    ].join(" "),
    evidence: [{ what: failed?.lastError ?? "The order was flagged: payment_refused.", at }],
    since: at,
    atStakeMinor: isStuck ? order.totalMinor : 0,
    advice: [
      ...(isStuck ? [{ act: "retry_payment" as const, input: {} }] : []),
      { act: "settle", input: {} },
    ],
    happened: isStuck ? null : at,
  };
}

/** An order that can be paid, beside the payment that is open for it. */
function open({ order, payments }: OrderFacts): PaymentFact | null {
  if (order.status !== "awaiting_payment" || order.closing !== null) return null;
  return livePayment({ payments }) ?? null;
}

/** The customer can't pay yet: Stripe has not been asked, or gave us nothing. */
export function paymentNotStarted(facts: OrderFacts): Finding | null {
  const payment = open(facts);
  if (payment?.status !== "created") return null;
  const age = ageOf(facts, payment.createdAt);
  const why = payment.lastError ? ` ${plainReason(payment.lastError)}` : "";
  return {
    code: "payment_not_started",
    severity: age > healsWithin ? "problem" : "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: the payment has not been started for`,
      `${duration(age)}, so the customer can't pay yet.${why}`,
    ].join(" "),
    evidence: [
      {
        what: payment.askedAt
          ? "Stripe was asked, and has not answered."
          : "Stripe was never asked.",
        at: payment.askedAt ?? payment.createdAt,
      },
    ],
    since: payment.createdAt,
    atStakeMinor: facts.order.totalMinor,
    advice: [...requeue(facts, payment.id), { act: "retry_payment", input: {} }],
  };
}

/** Money that is on its way, by a method that takes its time; also of an order that is closing. */
export function paymentProcessing(facts: OrderFacts): Finding | null {
  const payment = livePayment(facts);
  if (payment?.status !== "processing") return null;
  const since = payment.processingSince ?? payment.createdAt;
  const by = payment.method ? ` by ${payment.method.replaceAll("_", " ")}` : "";
  return {
    code: "payment_processing",
    severity: "waiting",
    sentence: [
      `${named(facts)}: ${total(facts)} has been on its way${by} for`,
      `${duration(ageOf(facts, since))}. ${whatFollows(facts)}`,
    ].join(" "),
    evidence: [{ what: `Payment ${payment.intentId} is processing.`, at: since }],
    since,
    atStakeMinor: facts.order.totalMinor,
  };
}

function whatFollows({ order: { status } }: OrderFacts): string {
  if (status === "awaiting_payment") return "The order waits for it.";
  return "The order has ended: money that still comes brings it back, or goes back.";
}

/** The customer's bank wants them to confirm. */
export function authenticationOpen(facts: OrderFacts): Finding | null {
  const payment = open(facts);
  if (payment?.status !== "action_required") return null;
  const asked = lastEvent(facts, "payment_action_required")?.at ?? payment.createdAt;
  return {
    code: "authentication_open",
    severity: "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: the customer's bank asked them`,
      `${ago(facts, asked)} to confirm the payment (3-D Secure), and they have not done`,
      `so.${leftOf(facts)}`,
    ].join(" "),
    evidence: [
      { what: `Payment ${payment.intentId} needs the customer's confirmation.`, at: asked },
    ],
    since: asked,
    atStakeMinor: facts.order.totalMinor,
  };
}

/** The last try to pay was declined; the customer may try again. */
export function declined(facts: OrderFacts): Finding | null {
  const payment = open(facts);
  const last = payment?.declines.at(-1);
  if (payment?.status !== "pending" || !last) return null;
  const count = payment.declines.length;
  const code = last.declineCode ?? last.code;
  return {
    code: "declined",
    severity: "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: the payment was`,
      `declined${count > 1 ? ` ${count} times, last` : ""} ${ago(facts, last.at)}.`,
      `${declineSentence(code, "en")}${leftOf(facts)}`,
    ].join(" "),
    evidence: payment.declines.toReversed().map(({ chargeId, at, ...why }) => ({
      what: `Charge ${chargeId} was declined: ${why.declineCode ?? why.code}.`,
      at,
    })),
    since: last.at,
    atStakeMinor: facts.order.totalMinor,
  };
}

/** Everything stands ready, and it is the customer's turn. */
export function waitingForCustomer(facts: OrderFacts): Finding | null {
  const payment = open(facts);
  if (payment?.status !== "pending") return null;
  const since = payment.secretStoredAt ?? payment.createdAt;
  return {
    code: "waiting_for_customer",
    severity: "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: the customer has been able to pay for`,
      `${duration(ageOf(facts, since))} now, and has not.${leftOf(facts)}`,
    ].join(" "),
    evidence: [{ what: `Payment ${payment.intentId} is open, and was not tried.`, at: since }],
    since,
    atStakeMinor: facts.order.totalMinor,
  };
}

function leftOf(facts: OrderFacts): string {
  const { expiresAt } = facts.order;
  const left = expiresAt && timeLeft(facts, expiresAt);
  return left ? ` The goods are held for them for another ${left}.` : "";
}
