import { OutcomeUnknown, Refused, Unavailable } from "../errors.ts";
import { secondsToWait } from "../retry-after.ts";
import { withoutPerson } from "../without-person.ts";

export type Supplier = "sendgrid" | "twilio";

/** A wish of more than an hour is cut to one. */
const longestWaitSeconds = 3600;
const longestReason = 300;

/** What a supplier said no with. */
export type Answer = {
  status: number;
  /** Their own words. They may repeat an address or a number, so those are struck out. */
  reason: string;
  /** Whose it is to mend: the customer's message, or our sender address or number. */
  fault: "message" | "sender";
  retryAfter: string | null;
};

/** Sorts an answer by what should happen next. It was not sent in any of these cases. */
export function answeredNo(supplier: Supplier, answer: Answer): Refused | Unavailable {
  const { status, fault } = answer;
  const said = `${supplier} answered ${status}: ${withoutPerson(answer.reason, longestReason)}`;
  const retryAfter = secondsToWait(answer.retryAfter, longestWaitSeconds);
  if (status === 429) {
    return new Unavailable(`${supplier}_rate_limited`, said, undefined, retryAfter);
  }
  if (status >= 500 || status === 408) {
    return new Unavailable(`${supplier}_failing`, said, undefined, retryAfter);
  }
  // Our key or our sender is wrong for every message alike: they wait until a person has mended it.
  if (fault === "sender") {
    return new Unavailable(`${supplier}_sender_refused`, `${said} Check the sender's setting.`);
  }
  if (status === 401 || status === 403) {
    return new Unavailable(`${supplier}_key_refused`, `${said} Check the key's setting.`);
  }
  if (status < 400 || status === 404 || status === 405) {
    return new Unavailable(`${supplier}_address_wrong`, `${said} Check the account and the URL.`);
  }
  return new Refused(`${supplier}_refused`, said);
}

/** Sorts what was thrown instead of an answer: did the request leave us, or did it not? */
export function noAnswer(supplier: Supplier, error: unknown): Unavailable | OutcomeUnknown {
  // The error itself is not kept as a cause: it carries the whole request, with key and message.
  const said = error instanceof Error ? withoutPerson(error.message, longestReason) : "";
  if (neverSent(error)) {
    return new Unavailable(`${supplier}_unreachable`, `${supplier} can't be reached: ${said}`);
  }
  return new OutcomeUnknown(
    `${supplier}_no_answer`,
    `${supplier} was asked but gave no answer that we understand: ${said}`,
  );
}

/** Nothing of a request is written before its name is found, its socket and TLS stand. */
function neverSent(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > deepestCause) return false;
  // Node tries each address of a name in turn and reports all of their failures together.
  if (error instanceof AggregateError)
    return error.errors.every((each) => neverSent(each, depth + 1));
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === "connect" || syscall === "getaddrinfo") return true;
  if (typeof code === "string" && distrusted.test(code)) return true;
  return neverSent(error.cause, depth + 1);
}
const deepestCause = 3;
const distrusted = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO$)/;
