import type { OrderFacts } from "../facts/facts.ts";
import type { Waiting } from "../facts/waiting.ts";
import { stripeAwayWithin } from "./patience.ts";
import { livePayment } from "./payments.ts";
import type { Evidence, Finding } from "./rule.ts";
import { ageOf, duration, named, plainReason, total } from "./words.ts";

/** A row that waits for Stripe, and what it is in plain words. */
type Waits = Waiting & { what: string };

/** What a job's failure begins with when it was Stripe that gave no answer. */
export const noAnswer = /^stripe_(?!writes_stopped|balance_insufficient)/;
/** Only a person can mend these: time does not. */
const wantsAPerson = /^stripe_(key_refused|address_wrong)/;

/** Stripe does not answer, and something of this order waits for it. */
export function stripeUnreachable(facts: OrderFacts): Finding | null {
  const waits = waitsOf(facts).filter(({ lastError }) => noAnswer.test(lastError ?? ""));
  const [first] = waits;
  return first ? fromErrors(facts, first, waits) : fromTheLook(facts);
}

function waitsOf(facts: OrderFacts): Waits[] {
  const { order, refunds, disputes, inbox } = facts;
  const live = livePayment(facts);
  const closing: Waits[] = order.closing ? [{ ...order, what: "closing the order" }] : [];
  return [
    ...(live ? [{ ...live, what: "the payment" }] : []),
    ...closing,
    ...refunds.map((one) => ({ ...one, what: "the refund" })),
    ...disputes.map((one) => ({ ...one, what: "the dispute" })),
    ...inbox.map((one) => ({ ...one, what: "Stripe's event" })),
  ].filter(({ dueAt }) => dueAt !== null);
}

function fromErrors(facts: OrderFacts, first: Waits, waits: readonly Waits[]): Finding {
  // Stripe is not away since the payment began, but since it first gave no answer.
  const since = waits.reduce((oldest, { failingSince: at }) => {
    return at !== null && at < oldest ? at : oldest;
  }, facts.now);
  const error = first.lastError ?? "";
  const mendable = waits.some(({ lastError }) => wantsAPerson.test(lastError ?? ""));
  const age = ageOf(facts, since);
  const { status, totalMinor } = facts.order;
  return {
    code: "stripe_unreachable",
    severity: mendable || age > stripeAwayWithin ? "problem" : "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: Stripe did not answer, and ${first.what} has`,
      `waited for it for ${duration(age)}. ${plainReason(error)} Aurora asks again by`,
      "itself.",
    ].join(" "),
    evidence: waits.map(
      ({ what, lastError, round, failingSince }): Evidence => ({
        what: `The last try for ${what} failed (round ${round}): ${lastError}`,
        at: failingSince,
      }),
    ),
    since,
    atStakeMinor: status === "awaiting_payment" ? totalMinor : facts.order.capturedMinor,
    covers: ["payment_not_started"],
    advice: [{ act: "check", input: {} }],
  };
}

/** We asked just now, and whether the customer has paid can't be said. */
function fromTheLook(facts: OrderFacts): Finding | null {
  const { stripe, order } = facts;
  const live = livePayment(facts);
  if (stripe.state !== "unreachable" || !live?.intentId) return null;
  return {
    code: "stripe_unreachable",
    severity: "waiting",
    sentence: [
      `${named(facts)} of ${total(facts)}: Stripe does not answer at this moment, so`,
      `whether the customer has paid can't be said. ${plainReason(stripe.reason)}`,
    ].join(" "),
    evidence: [{ what: `Stripe was asked just now: ${stripe.reason}`, at: facts.now }],
    since: null,
    atStakeMinor: order.totalMinor,
  };
}
