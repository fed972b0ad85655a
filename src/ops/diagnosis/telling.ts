import type { MessageFact, OrderFacts } from "../facts/facts.ts";
import { requeue } from "./jobs.ts";
import { healsWithin, messageWithin } from "./patience.ts";
import type { Finding } from "./rule.ts";
import { ageOf, duration, named, plainReason } from "./words.ts";

const kinds = { email: "mail", sms: "SMS" } as const;
const codes = { email: "mail_failed", sms: "sms_failed" } as const;
const articles = { email: "A", sms: "An" } as const;

export const mailFailed = (facts: OrderFacts) => messageFailed(facts, "email");
export const smsFailed = (facts: OrderFacts) => messageFailed(facts, "sms");

/** A message that nobody will get, unless somebody sends it again. */
function messageFailed(facts: OrderFacts, channel: MessageFact["channel"]): Finding | null {
  const failed = facts.messages.findLast((message) => {
    return (
      message.channel === channel && message.status === "failed" && !isRepeated(facts, message)
    );
  });
  if (!failed) return null;
  const at = failed.claimedAt ?? failed.createdAt;
  const why = failed.reason ? ` ${plainReason(failed.reason)}` : "";
  return {
    code: codes[channel],
    severity: "problem",
    sentence: [
      `${named(facts)}: the ${kinds[channel]} "${words(failed)}" could not be sent to`,
      `the customer.${why}`,
    ].join(" "),
    evidence: [{ what: `Message ${failed.id} failed: ${failed.reason ?? "no reason"}.`, at }],
    since: at,
    atStakeMinor: 0,
    advice: [
      { act: "resend", input: { messageId: failed.id } },
      { act: "settle", input: {} },
    ],
    happened: at,
  };
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
  const kind = kinds[late.channel];
  return {
    code: "message_late",
    severity: age > messageWithin ? "problem" : "waiting",
    sentence: [
      `${named(facts)}: only a message is late. ${articles[late.channel]} ${kind}`,
      `"${words(late)}" has waited for ${duration(age)} to be`,
      `sent.${reason ? ` ${plainReason(reason)}` : ""}`,
    ].join(" "),
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
