import Stripe from "stripe";
import type { Config } from "../config.ts";
import { type NoReply, promptRequests, type Question, type Reply } from "../prompt-requests.ts";

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
  const options: Stripe.StripeConfig = {
    apiVersion,
    timeout,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: promptClient(timeout / 2),
  };
  if (settings.STRIPE_URL !== undefined) {
    const url = new URL(settings.STRIPE_URL);
    const secure = url.protocol === "https:";
    options.host = url.hostname;
    options.port = url.port || (secure ? 443 : 80);
    options.protocol = secure ? "https" : "http";
  }
  return new Stripe(settings.STRIPE_SECRET_KEY, options);
}

/** The SDK's wire: it has its answer when the last byte is there, or an end to the wait for it. */
function promptClient(connectMs: number): Stripe.HttpClient {
  const ask = promptRequests(connectMs);
  return {
    getClientName: () => "undici",
    async makeRequest(host, port, path, method, headers, body, protocol, timeout) {
      const origin = `${protocol}://${host}:${port}`;
      const question = { origin, path, method, headers, body: body || null } as Question;
      try {
        const reply = await ask(question, timeout);
        return new Answer(reply, () => JSON.parse(reply.text));
      } catch (error) {
        const { begun } = error as NoReply;
        if (!begun) throw error;
        return new Answer(begun, () => {
          throw Stripe.HttpClient.makeResponseBodyError(error);
        });
      }
    },
  };
}

class Answer extends Stripe.HttpClientResponse {
  readonly #raw: object;
  readonly #read: () => unknown;

  constructor({ status, headers }: Omit<Reply, "text">, read: () => unknown) {
    super(status, headers as Record<string, string>);
    this.#raw = { statusCode: status, headers };
    this.#read = read;
  }

  override getRawResponse(): object {
    return this.#raw;
  }

  override async toJSON(): Promise<unknown> {
    return this.#read();
  }
}

/** Whether a key, secret or restricted, moves real money. */
export function isLive(secretKey: string): boolean {
  return secretKey.includes("_live_");
}
