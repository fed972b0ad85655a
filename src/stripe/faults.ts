import Stripe from "stripe";
import { OutcomeUnknown, Refused, Unavailable } from "../errors.ts";

/**
 * Names an error of the SDK by what to do next. For a read nothing can have happened; a write
 * whose answer never came, or decides nothing, may have taken effect.
 */
export function stripeFault(error: unknown, call: "read" | "write"): Error {
  const { StripeError } = Stripe.errors;
  if (!(error instanceof StripeError))
    return error instanceof Error ? error : new Error(String(error));
  const code = error.code ?? error.type;
  const request = error.requestId ? ` (${error.requestId})` : "";
  const message = `Stripe: ${error.message}${request}`;

  // A 429 too, but about one object that another request holds, not about how many there are.
  if (error.code === "lock_timeout") {
    return new Unavailable("stripe_lock_timeout", message, error, retryAfter(error));
  }
  if (error instanceof Stripe.errors.StripeRateLimitError) {
    return new Unavailable("stripe_rate_limit", message, error, retryAfter(error));
  }
  // A wrong key is ours to mend; the orders wait until somebody has.
  if (error instanceof Stripe.errors.StripeAuthenticationError) {
    return new Unavailable("stripe_key_refused", `${message} Check STRIPE_SECRET_KEY.`, error);
  }
  if (error instanceof Stripe.errors.StripePermissionError) {
    return new Unavailable("stripe_key_refused", `${message} Check the key's permissions.`, error);
  }
  // The same key is being worked at this moment, by a twin of this job.
  if (error.statusCode === 409) {
    return new Unavailable("stripe_key_in_use", message, error, retryAfter(error));
  }
  if (error instanceof Stripe.errors.StripeConnectionError && refusedConnection(error)) {
    return new Unavailable("stripe_unreachable", message, error);
  }
  // Money that is not there today may be there tomorrow: the wish stands.
  if (error.code === "balance_insufficient") {
    return new Unavailable("stripe_balance_insufficient", message, error);
  }
  // Stripe repeats what it answered to this key before, or holds it for another request: a
  // deploy that changed the request while a retry was under way. Only a new key goes on.
  if (isStoredFailure(error)) return new Unavailable("stripe_key_spent", message, error);
  if (error.statusCode === 404 || error.statusCode === 405) {
    return error.code === "resource_missing"
      ? new Refused(code, message, [], error)
      : new Unavailable("stripe_address_wrong", `${message} Check STRIPE_URL.`, error);
  }
  if (error.statusCode !== undefined && !decidesNothing(error.statusCode)) {
    return new Refused(code, message, [], error);
  }
  return call === "write"
    ? new OutcomeUnknown("stripe_outcome_unknown", message, error)
    : new Unavailable("stripe_unreachable", message, error);
}

function isStoredFailure(error: Stripe.errors.StripeError): boolean {
  if (error instanceof Stripe.errors.StripeIdempotencyError) return true;
  const replayed = error.headers?.["idempotent-replayed"] === "true";
  return replayed && error.statusCode !== undefined && decidesNothing(error.statusCode);
}

/**
 * A 5xx; or in the 400s, that a request took too long (408), came too early (425), or that a bank
 * behind Stripe failed (424): https://docs.stripe.com/api/errors.
 */
function decidesNothing(status: number): boolean {
  return status >= 500 || [408, 424, 425].includes(status);
}

/** A connection that was never made carried no request. */
function refusedConnection(error: Stripe.errors.StripeError): boolean {
  const { detail } = error as { detail?: unknown };
  if (!(detail instanceof Error)) return false;
  const { code: cause = "", syscall } = detail as NodeJS.ErrnoException;
  // The SDK's own timeout has the kernel's code too, but only a connecting one has this name.
  if (syscall === "connect") return true;
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(cause);
}

function retryAfter(error: Stripe.errors.StripeError): number | undefined {
  const seconds = Number(error.headers?.["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
