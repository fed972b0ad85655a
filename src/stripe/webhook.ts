import Stripe from "stripe";
import { Refused } from "../errors.ts";
import type { WebhookReader } from "../payments/gateway.ts";
import { readEvent } from "./read-event.ts";

/** Stripe's own tolerance: an older signature may be a replay. */
const toleranceSeconds = 300;

/**
 * Checks that a webhook comes from Stripe and is of this moment. The SDK looks only at old
 * timestamps; one from the future would be good for a replay later, so it is refused here.
 *
 * `secrets` are several while one is exchanged for another: whichever fits will do.
 */
export function createWebhookReader(
  secrets: readonly string[],
  now: () => number = Date.now,
): WebhookReader {
  return (body, signature) => {
    const seconds = Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1]);
    if (seconds > now() / 1_000 + toleranceSeconds) {
      throw new Refused("webhook_from_the_future", "The webhook's timestamp lies ahead of time.");
    }
    return readEvent(genuine(body, signature, secrets, now()), body);
  };
}

function genuine(
  body: Buffer,
  signature: string,
  secrets: readonly string[],
  now: number,
): Stripe.Event {
  const { webhooks } = Stripe;
  let misfit: unknown;
  for (const secret of secrets) {
    try {
      return webhooks.constructEvent(body, signature, secret, toleranceSeconds, undefined, now);
    } catch (error) {
      misfit = error;
    }
  }
  throw new Refused(
    "webhook_not_genuine",
    "The signature does not fit. Check that STRIPE_WEBHOOK_SECRET is this endpoint's.",
    [],
    misfit,
  );
}
