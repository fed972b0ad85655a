import type { OrderFacts } from "../facts/facts.ts";
import type { Waiting } from "../facts/waiting.ts";
import { requeue } from "./jobs.ts";
import { isOddity } from "./odd-money.ts";
import { breakSettledWithin } from "./patience.ts";
import { livePayment } from "./payments.ts";
import type { Finding } from "./rule.ts";
import { noAnswer } from "./stripe-away.ts";
import { ageOf, duration, flaggedAt, lastEvent, named, plainReason, total } from "./words.ts";

/** An operator has to say first whose money this database writes at Stripe. */
export function writesStopped(facts: OrderFacts): Finding | null {
  const { writesStopped: because, order, refunds } = facts;
  const live = livePayment(facts);
  const asked = refunds.some(({ status }) => status === "requested");
  const waits = live?.status === "created" || order.closing !== null || asked;
  if (because === null || !waits) return null;
  return {
    code: "writes_stopped",
    severity: "problem",
    sentence: [
      `${named(facts)} of ${total(facts)} waits, since nothing may be written to`,
      `Stripe. ${plainReason(because)} An operator decides with npm run installation.`,
    ].join(" "),
    evidence: [{ what: because, at: null }],
    since: live?.createdAt ?? order.placedAt,
    atStakeMinor: order.totalMinor,
    covers: ["payment_not_started"],
  };
}

/** After so many recorded failures a row's job is said to fail for good. */
const roundsOfFailure = 5;

type Row = Waiting & { id: string; what: string };

/** A job that failed again and again; messages, and Stripe's silence, have words of their own. */
export function jobFailed(facts: OrderFacts): Finding | null {
  const failing = rowsOf(facts).find(({ round, dueAt, lastError }) => {
    const isFailing = dueAt !== null && round >= roundsOfFailure && lastError !== null;
    return isFailing && !noAnswer.test(lastError);
  });
  if (!failing) return null;
  const { id, what, round, lastError, failingSince } = failing;
  const job = facts.jobs?.findLast(({ rowId, state }) => rowId === id && state === "failed");
  return {
    code: "job_failed",
    severity: "problem",
    sentence: [
      `${named(facts)} of ${total(facts)}: the work on ${what} has failed ${round}`,
      `times. ${plainReason(lastError ?? "")} It is tried again each hour.`,
    ].join(" "),
    evidence: [
      { what: `The last failure: ${lastError}`, at: null },
      ...(job ? [{ what: `Job ${job.id} is in the failed set.`, at: job.finishedAt }] : []),
    ],
    since: failingSince,
    atStakeMinor: facts.order.capturedMinor || facts.order.totalMinor,
    advice: [...requeue(facts, id), { act: "check", input: {} }],
  };
}

function rowsOf({ order, payments, refunds, disputes, inbox }: OrderFacts): Row[] {
  return [
    { ...order, what: "the order" },
    ...payments.map((one) => ({ ...one, what: "the payment" })),
    ...refunds.map((one) => ({ ...one, what: "the refund" })),
    ...disputes.map((one) => ({ ...one, what: "the dispute" })),
    ...inbox.map((one) => ({ ...one, what: "Stripe's event" })),
  ];
}

const faults = {
  unknown_here: "Stripe has something that we have not",
  unknown_at_stripe: "we have something that Stripe has not",
  differs: "Stripe says something else than we do",
};

/** The comparison found a difference that is not settled. */
export function booksDiffer(facts: OrderFacts): Finding | null {
  const open = facts.breaks.find(({ status }) => status === "open");
  if (!open) return null;
  const { fault, objectId, foundAt, lastError } = open;
  const age = ageOf(facts, foundAt);
  return {
    code: "books_differ",
    severity: age > breakSettledWithin ? "problem" : "waiting",
    sentence: [
      `${named(facts)}: ${faults[fault]} (${objectId}). It was found ${duration(age)}`,
      `ago and is not settled.${lastError ? ` ${plainReason(lastError)}` : ""}`,
    ].join(" "),
    evidence: [{ what: `The comparison of the books found ${objectId}: ${fault}.`, at: foundAt }],
    since: foundAt,
    atStakeMinor: facts.order.totalMinor,
    advice: [{ act: "check", input: {} }],
    happened: foundAt,
    goesOn: true,
  };
}

/** Rules of their own tell of these; of jobs that failed nothing is said once they work. */
const toldElsewhere =
  /^(second_payment|amount_mismatch|refund_failed|payment_refused|dispute_.*|.*_keeps_failing)$/;
const isTold = (flag: string) => toldElsewhere.test(flag) || isOddity(flag);

/** A flag that has no words of its own. */
export function attentionOther(facts: OrderFacts): Finding | null {
  const { attention, totalMinor } = facts.order;
  if (attention === null || isTold(attention)) return null;
  const at = flaggedAt(facts, attention) ?? lastEvent(facts, "attention")?.at ?? null;
  return {
    code: "attention_other",
    severity: "problem",
    sentence: [
      `${named(facts)} of ${total(facts)} was flagged for a person:`,
      `${attention.replaceAll("_", " ")}.`,
    ].join(" "),
    evidence: [{ what: `The order was flagged: ${attention}.`, at }],
    since: at,
    atStakeMinor: totalMinor,
    advice: [{ act: "settle", input: {} }],
    happened: at,
  };
}
