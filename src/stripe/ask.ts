import { stripeFault } from "./faults.ts";

/** A route of Stripe's API, as its limits count requests. */
export type Endpoint = `${"GET" | "POST"} /v1/${string}`;

/**
 * How every request to Stripe is made: whoever holds requests back, or counts them, stands here.
 * For a read nothing can have happened when it fails; a write may have taken effect.
 *
 * @throws Unavailable, OutcomeUnknown, Refused
 */
export type Ask = <Answer>(endpoint: Endpoint, request: () => Promise<Answer>) => Promise<Answer>;

/** Asks at once, and names what goes wrong. */
export const askAtOnce: Ask = async (endpoint, request) => {
  try {
    return await untraced(request);
  } catch (error) {
    throw stripeFault(error, endpoint.startsWith("GET") ? "read" : "write");
  }
};

/**
 * At each call the SDK writes down where it was called from, in case it fails: that costs more
 * than all else it does. Who asked is told by the errors that `stripeFault` makes of its own.
 */
function untraced<Answer>(request: () => Promise<Answer>): Promise<Answer> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return request();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
