import type { DeliveryFact } from "../facts/delivery-facts.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { healsWithin } from "./patience.ts";
import type { Finding } from "./rule.ts";
import { ageOf, duration, named } from "./words.ts";

/** Another system does not hear of the order: it is given up, or still tried. */
export function webhookOutFailing(facts: OrderFacts): Finding | null {
  const { deliveries } = facts;
  const failed = deliveries.findLast(
    ({ id, status }) => status === "failed" && !deliveries.some(({ replayOf }) => replayOf === id),
  );
  if (failed) return givenUp(facts, failed);
  const late = deliveries.find(
    (delivery) =>
      delivery.dueAt !== null &&
      ageOf(facts, delivery.createdAt) > healsWithin &&
      (delivery.tries > 0 || delivery.endpointStatus === "failing"),
  );
  return late ? stillTried(facts, late) : null;
}

function givenUp(facts: OrderFacts, failed: DeliveryFact): Finding {
  const at = failed.endedAt ?? failed.createdAt;
  return {
    code: "webhook_out_failing",
    severity: "problem",
    sentence: [
      `${named(facts)}: ${failed.host} was not told of "${eventOf(facts, failed)}", and after`,
      `three days it is not tried any more.${why(failed)}`,
    ].join(" "),
    evidence: [{ what: `Delivery ${failed.id} failed after ${failed.tries} tries.`, at }],
    since: failed.createdAt,
    atStakeMinor: 0,
    advice: [
      { act: "replay_delivery", input: { deliveryId: failed.id } },
      { act: "settle", input: {} },
    ],
    happened: at,
  };
}

/** The order is as it should be; only another system has not heard of it yet. */
function stillTried(facts: OrderFacts, late: DeliveryFact): Finding {
  const age = duration(ageOf(facts, late.createdAt));
  const what =
    late.endpointStatus === "failing"
      ? "does not answer, and is told of all that waits as soon as it does"
      : `has not taken "${eventOf(facts, late)}" for ${age}, and is told again by itself`;
  return {
    code: "webhook_out_failing",
    severity: "waiting",
    sentence: [
      `${named(facts)}: only another system has not heard of it.`,
      `${late.host} ${what}.${why(late)}`,
    ].join(" "),
    evidence: [
      {
        what: `Delivery ${late.id} is ${late.status}, after ${late.tries} tries.`,
        at: late.claimedAt ?? late.createdAt,
      },
    ],
    since: late.createdAt,
    atStakeMinor: 0,
  };
}

function eventOf({ events }: OrderFacts, { seq }: DeliveryFact): string {
  const event = events.find((each) => each.seq === seq)?.event ?? `event ${seq}`;
  return event.replaceAll("_", " ");
}

function why({ reason }: DeliveryFact): string {
  return reason === null ? "" : ` ${reason}`;
}
