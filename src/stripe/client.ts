import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import Stripe from "stripe";
import type { Config } from "../config.ts";

/** The version of Stripe's API that this code was written for: an upgrade is a decision. */
const apiVersion = "2026-10-28.endive";

type Connection = Pick<
  Config["stripe"],
  "STRIPE_SECRET_KEY" | "STRIPE_URL" | "STRIPE_TIMEOUT_SECONDS"
>;

/**
 * The SDK, without its own retries: BullMQ and the rows' clocks retry, under the same keys and
 * where everybody can see it. With `STRIPE_URL` it speaks to a stand-in.
 */
export function connectStripe(settings: Connection): Stripe {
  const options: Stripe.StripeConfig = {
    apiVersion,
    timeout: settings.STRIPE_TIMEOUT_SECONDS * 1_000,
    maxNetworkRetries: 0,
    telemetry: false,
    httpAgent: new HttpsAgent({ keepAlive: true }),
  };
  if (settings.STRIPE_URL !== undefined) {
    const url = new URL(settings.STRIPE_URL);
    const secure = url.protocol === "https:";
    options.host = url.hostname;
    options.port = url.port || (secure ? 443 : 80);
    options.protocol = secure ? "https" : "http";
    if (!secure) options.httpAgent = new HttpAgent({ keepAlive: true });
  }
  return new Stripe(settings.STRIPE_SECRET_KEY, options);
}

/** Whether a key, secret or restricted, moves real money. */
export function isLive(secretKey: string): boolean {
  return secretKey.includes("_live_");
}
