import { type Delivery, lostDeliveries } from "../../notifications/lifecycle.ts";
import type { MessageFact, OrderFacts } from "../facts/facts.ts";
import { requeue } from "./jobs.ts";
import { healsWithin, messageWithin } from "./patience.ts";
import type { Advice, Finding } from "./rule.ts";
import { ageOf, duration, named, plainReason } from "./words.ts";

type Channel = MessageFact["channel"];

const kinds = { email: "mail", sms: "SMS" } as const;
const codes = { email: "mail_failed", sms: "sms_failed" } as const;
const others = { email: "sms", sms: "email" } as const;
const articles = { email: "A", sms: "An" } as const;

export const mailFailed = (facts: OrderFacts) => messageFailed(facts, "email");
export const smsFailed = (facts: OrderFacts) => messageFailed(facts, "sms");

/** A message that nobody will get, unless somebody sends it again. */
function messageFailed(facts: OrderFacts, channel: Channel): Finding | null {
  const all = facts.messages.filter((message) => {
    return (
      message.channel === channel && message.status === "failed" && !isRepeated(facts, message)
    );
  });
  const other = others[channel];
  // What nobody has told them at all comes before what they know.
  const failed = all.findLast((message) => !isTold(facts, message, other)) ?? all.at(-1);
  if (!failed) return null;
  const at = failed.claimedAt ?? failed.createdAt;
  const why = failed.reason ? ` ${plainReason(failed.reason)}` : "";
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : "";
  const told = isTold(facts, failed, other) ? ` They were told by ${kinds[other]}.` : "";
  return {
    code: codes[channel],
    severity: "problem",
    sentence: [
      `${named(facts)}: the ${kinds[channel]} "${words(failed)}"${more} could not be sent to`,
      `the customer.${why}${told}`,
    ].join(" "),
    evidence: [{ what: `Message ${failed.id} failed: ${failed.reason ?? "no reason"}.`, at }],
    since: at,
    atStakeMinor: 0,
    advice: waysOf(facts, failed, told !== ""),
    happened: at,
  };
}

/**
 * What was refused for good would be refused again: faults of our key or sender only delay. So the
 * other way comes first. A customer who was told by it is not told twice, and one whom no other
 * way reaches is called: then it is marked as dealt with.
 */
function waysOf(facts: OrderFacts, { id, channel, reason }: MessageFact, told: boolean): Advice[] {
  const again: Advice = { act: "resend", input: { messageId: id } };
  const other = others[channel];
  const reaches = other === "email" || facts.order.hasPhone;
  const otherwise: Advice = { act: "resend", input: { messageId: id, channel: other } };
  const settle: Advice = { act: "settle", input: {} };
  if (told) return [settle, again];
  const wasRefused = reason !== null && !reason.startsWith("unknown ");
  if (!reaches) return wasRefused ? [settle, again] : [again, settle];
  return wasRefused ? [otherwise, settle, again] : [again, otherwise, settle];
}

/** What this message tells went out by another way. */
function isTold({ messages }: OrderFacts, failed: MessageFact, by: Channel): boolean {
  return messages.some((message) => {
    const isSame = message.seq === failed.seq && message.template === failed.template;
    return isSame && message.channel === by && message.status === "sent" && !isLost(message);
  });
}

/** A message that left, and that its supplier then could not hand over. */
export function messageUndelivered(facts: OrderFacts): Finding | null {
  const all = facts.messages.filter((message) => {
    return isLost(message) && !isRepeated(facts, message) && !wentAnew(facts, message);
  });
  const lost = all.find((message) => !isTold(facts, message, others[message.channel])) ?? all[0];
  if (!lost) return null;
  const { channel, delivery, deliveryReason, deliveryToldAt: at, providerId } = lost;
  const why = deliveryReason ? ` ${plainReason(deliveryReason)}` : "";
  const other = others[channel];
  const told = isTold(facts, lost, other) ? ` They were told by ${kinds[other]}.` : "";
  const number = providerId ? ` as ${providerId}` : "";
  return {
    code: "message_undelivered",
    severity: "problem",
    sentence: [
      `${named(facts)}: the ${kinds[channel]} "${words(lost)}" was sent and did not reach the`,
      `customer: ${lostWords[delivery ?? "undelivered"]}.${why}${told}`,
    ].join(" "),
    evidence: [{ what: `The supplier tells of message ${lost.id}${number}: ${delivery}.`, at }],
    since: at,
    atStakeMinor: 0,
    advice: waysAround(facts, lost, told !== ""),
    happened: at,
  };
}

/** What came back comes back again: so the other way, unless the customer was told by it. */
function waysAround({ order }: OrderFacts, { id, channel }: MessageFact, told: boolean): Advice[] {
  const other = others[channel];
  const settle: Advice = { act: "settle", input: {} };
  if (other === "sms" && !order.hasPhone) return [settle];
  const otherwise: Advice = { act: "resend", input: { messageId: id, channel: other } };
  return told ? [settle, otherwise] : [otherwise, settle];
}

/** The same was sent again by this way since, on behalf of its twin. */
function wentAnew({ messages }: OrderFacts, { seq, template, channel, createdAt }: MessageFact) {
  return messages.some((message) => {
    const isSame = message.seq === seq && message.template === template;
    return isSame && message.channel === channel && message.createdAt > createdAt;
  });
}

const lostWords: Partial<Record<Delivery, string>> = {
  bounced: "it came back",
  dropped: "the supplier did not try, since earlier ones came back",
  undelivered: "the telephone did not take it",
};

/** It left, and nobody will get it. */
function isLost({ delivery }: MessageFact): boolean {
  return delivery !== null && lostDeliveries.includes(delivery);
}

/** Sent again since, whatever becomes of that: the newer row tells. */
function isRepeated({ messages }: OrderFacts, { id }: MessageFact): boolean {
  return messages.some(({ resendOf }) => resendOf === id);
}

/** The order is as it should be; only the customer has not heard of it yet. */
export function messageLate(facts: OrderFacts): Finding | null {
  const late = facts.messages.find((message) => {
    const isOpen = message.status === "pending" || message.status === "sending";
    return isOpen && (isTriedInVain(message) || ageOf(facts, message.createdAt) > healsWithin);
  });
  if (!late) return null;
  const age = ageOf(facts, late.createdAt);
  const reason = late.lastError ?? late.reason;
  const what = [
    `${kinds[late.channel]} "${words(late)}" has waited for ${duration(age)} to be`,
    `sent.${reason ? ` ${plainReason(reason)}` : ""}`,
  ].join(" ");
  return {
    code: "message_late",
    severity: age > messageWithin ? "problem" : "waiting",
    sentence: `${named(facts)}: only a message is late. ${articles[late.channel]} ${what}`,
    besides: `${named(facts)}: ${articles[late.channel].toLowerCase()} ${what}`,
    evidence: [
      {
        what: `Message ${late.id} is ${late.status}, after ${late.tries} tries.`,
        at: late.createdAt,
      },
      ...(reason ? [{ what: reason, at: late.claimedAt }] : []),
    ],
    since: late.createdAt,
    atStakeMinor: 0,
    advice: [...requeue(facts, late.id)],
  };
}

function isTriedInVain({ lastError, reason, unknowns }: MessageFact): boolean {
  return lastError !== null || reason !== null || unknowns > 0;
}

function words({ template }: MessageFact): string {
  return template.replaceAll("_", " ");
}
