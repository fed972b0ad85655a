import type { OrderFacts } from "../facts/facts.ts";
import { goodsInWords } from "./goods.ts";
import type { Finding } from "./rule.ts";
import { ago, lastEvent, money, named, total } from "./words.ts";

/** An order that nobody has placed yet. */
export function draftOpen(facts: OrderFacts): Finding | null {
  const { order } = facts;
  if (order.status !== "draft") return null;
  return {
    code: "draft_open",
    severity: "waiting",
    sentence: `${named(facts)} of ${total(facts)} is a draft, begun ${ago(facts, order.placedAt)}.`,
    evidence: [{ what: "The draft was begun.", at: order.placedAt }],
    since: order.placedAt,
    atStakeMinor: 0,
  };
}

/** Nobody paid, and the goods are free again. */
export function expired(facts: OrderFacts): Finding | null {
  if (facts.order.status !== "expired") return null;
  const at = lastEvent(facts, "hold_expired", "draft_expired")?.at ?? null;
  return {
    code: "expired",
    severity: "fine",
    sentence: [
      `${named(facts)} of ${total(facts)} was not paid in`,
      `time${at ? ` and ended ${ago(facts, at)}` : ""}. Its goods are free again.`,
    ].join(" "),
    evidence: [{ what: "The order's time was over.", at }],
    since: at,
    atStakeMinor: 0,
  };
}

/** Somebody called it off. */
export function cancelled(facts: OrderFacts): Finding | null {
  const { order } = facts;
  if (order.status !== "cancelled") return null;
  const event = lastEvent(facts, "cancelled", "cancelled_after_payment");
  const paid =
    order.capturedMinor > 0
      ? [
          `${money(order.refundedMinor, order.currency)} of`,
          `${money(order.capturedMinor, order.currency)} went back`,
        ].join(" ")
      : "No money had come";
  return {
    code: "cancelled",
    severity: "fine",
    sentence: [
      `${named(facts)} of ${total(facts)} was`,
      `cancelled${event ? ` ${ago(facts, event.at)}` : ""}. ${paid}.`,
    ].join(" "),
    evidence: [{ what: `Cancelled by ${event?.actor ?? "somebody"}.`, at: event?.at ?? null }],
    since: event?.at ?? null,
    atStakeMinor: 0,
  };
}

/** What is left: nothing that anybody need look at. */
export function nothingWrong(facts: OrderFacts): Finding {
  const { order } = facts;
  const paid = lastEvent(facts, "payment_captured", "revived");
  const goods = paid ? goodsInWords(facts) : "";
  const back =
    order.refundedMinor > 0 ? ` ${money(order.refundedMinor, order.currency)} went back.` : "";
  return {
    code: "nothing_wrong",
    severity: "fine",
    sentence: paid
      ? [
          `${named(facts)}: ${total(facts)} was paid ${ago(facts, paid.at)}.${goods}`,
          `Nothing is wrong.${back}`,
        ].join(" ")
      : `${named(facts)} of ${total(facts)}: nothing is wrong.${back}`,
    evidence: paid ? [{ what: "The money came.", at: paid.at }] : [],
    since: paid?.at ?? null,
    atStakeMinor: 0,
  };
}
