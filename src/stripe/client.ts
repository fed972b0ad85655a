import type { Agent, IncomingMessage } from "node:http";
import Stripe from "stripe";
import type { Config } from "../config.ts";
import { graceMs, lateness, promptAgents, within } from "../prompt-agents.ts";

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
  const timeout = settings.STRIPE_TIMEOUT_SECONDS * 1_000;
  const agents = promptAgents(timeout / 2);
  const options: Stripe.StripeConfig = {
    apiVersion,
    timeout,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: promptClient(agents.https),
  };
  if (settings.STRIPE_URL !== undefined) {
    const url = new URL(settings.STRIPE_URL);
    const secure = url.protocol === "https:";
    options.host = url.hostname;
    options.port = url.port || (secure ? 443 : 80);
    options.protocol = secure ? "https" : "http";
    if (!secure) options.httpClient = promptClient(agents.http);
  }
  return new Stripe(settings.STRIPE_SECRET_KEY, options);
}

/**
 * The SDK's own client, and an end to the wait for each answer: the SDK's timeout starts once the
 * connection stands, and again with each byte that comes.
 */
function promptClient(agent: Agent): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient(agent);
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...request) {
      const milliseconds = request[7] + graceMs;
      const end = performance.now() + milliseconds;
      const response = await within(milliseconds, client.makeRequest(...request));
      const body = response.getRawResponse() as IncomingMessage;
      const late = () => body.destroy(lateness(milliseconds));
      const timer = setTimeout(late, end - performance.now());
      body.once("close", () => clearTimeout(timer));
      return response;
    },
  };
}

/** Whether a key, secret or restricted, moves real money. */
export function isLive(secretKey: string): boolean {
  return secretKey.includes("_live_");
}
