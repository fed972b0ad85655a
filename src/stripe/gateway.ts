import type Stripe from "stripe";
import { Refused, Unavailable } from "../errors.ts";
import type { EventQuery, NewIntent, PaymentGateway, ProviderEvent } from "../payments/gateway.ts";
import { neededEvents } from "../payments/inbox.ts";
import type { Intent } from "../payments/intent.ts";
import { type Ask, askAtOnce } from "./ask.ts";
import { readEvent } from "./read-event.ts";
import { readIntent, stamp } from "./read-intent.ts";

/** Stripe's largest page, and the most pages that one poll reads: 20,000 events. */
const pageSize = 100;
const mostPages = 200;

/** Whether an endpoint is registered is asked so rarely: it changes by a person's hand only. */
const endpointMilliseconds = 5 * 60_000;

/** The payment gateway on Stripe. Keys are made of our payment's id, so a retry is no repeat. */
export function createStripeGateway(stripe: Stripe, ask: Ask = askAtOnce): PaymentGateway {
  let endpoint = { enabled: false, askedAt: Number.NEGATIVE_INFINITY };
  return {
    async createIntent(wanted) {
      const options = { idempotencyKey: `aurora-create-${wanted.paymentId}-${wanted.tryNumber}` };
      const intent = await ask("POST /v1/payment_intents", () =>
        stripe.paymentIntents.create(creation(wanted), options),
      );
      return { intent: answered(intent), replayed: isReplay(intent) };
    },

    async readIntent(intentId) {
      return await retrieve(stripe, ask, intentId);
    },

    async cancelIntent({ intentId, paymentId, tryNumber }) {
      const key = `aurora-cancel-${paymentId}-${tryNumber}`;
      const intent = await cancelOrRead(stripe, ask, intentId, key);
      // Stripe repeats its first answer to a key, also a refusal whose reason is gone meanwhile:
      // a payment that was being processed and then failed. The state makes it a new question.
      return isOpen(intent)
        ? await cancelOrRead(stripe, ask, intentId, `${key}-${intent.status}`)
        : intent;
    },

    listEvents: (query) => listEvents(stripe, ask, query),

    async hasWebhookEndpoint() {
      const now = performance.now();
      if (now - endpoint.askedAt > endpointMilliseconds) {
        const list = () => stripe.webhookEndpoints.list({ limit: pageSize });
        const { data } = await ask("GET /v1/webhook_endpoints", list);
        endpoint = { enabled: data.some(({ status }) => status === "enabled"), askedAt: now };
      }
      return endpoint.enabled;
    },
  };
}

function isOpen({ status }: Intent): boolean {
  return status === "needs_payment" || status === "needs_action";
}

/** Cancels, and answers how the intent stands then, by a fresh look unless the answer is one. */
async function cancelOrRead(
  stripe: Stripe,
  ask: Ask,
  intentId: string,
  key: string,
): Promise<Intent> {
  try {
    const cancelled = await ask("POST /v1/payment_intents/:id/cancel", () =>
      stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey: key }),
    );
    if (!isReplay(cancelled)) return answered(cancelled);
  } catch (error) {
    // It is paid, or being paid, or cancelled already: how it stands decides.
    if (!(error instanceof Refused)) throw error;
  }
  return await retrieve(stripe, ask, intentId);
}

async function retrieve(stripe: Stripe, ask: Ask, intentId: string): Promise<Intent> {
  const read = () => stripe.paymentIntents.retrieve(intentId);
  return answered(await ask("GET /v1/payment_intents/:id", read));
}

/** An intent with Stripe's number for the answer that it came in. */
function answered(intent: Stripe.Response<Stripe.PaymentIntent>): Intent {
  const { requestId } = intent.lastResponse;
  return { ...readIntent(intent), ...(requestId && { requestId }) };
}

/** A replayed answer is as old as its first sending. */
function isReplay({ lastResponse }: Stripe.Response<unknown>): boolean {
  return lastResponse.headers["idempotent-replayed"] === "true";
}

function creation(wanted: NewIntent): Stripe.PaymentIntentCreateParams {
  return {
    amount: wanted.amountMinor,
    currency: wanted.currency,
    automatic_payment_methods: { enabled: true },
    description: `Order ${wanted.orderNumber}`,
    metadata: {
      [stamp.order]: wanted.orderId,
      [stamp.payment]: wanted.paymentId,
      [stamp.installation]: wanted.installation,
    },
  };
}

async function* listEvents(
  stripe: Stripe,
  ask: Ask,
  query: EventQuery,
): AsyncIterable<ProviderEvent[]> {
  let after: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const params: Stripe.EventListParams = {
      types: [...neededEvents],
      created: { gte: Math.floor(query.since.getTime() / 1_000) },
      limit: pageSize,
    };
    if (query.undeliveredOnly) params.delivery_success = false;
    if (after !== undefined) params.starting_after = after;
    const { data, has_more } = await ask("GET /v1/events", () => stripe.events.list(params));
    yield data.map((event) => readEvent(event, Buffer.from(JSON.stringify(event))));
    after = data.at(-1)?.id;
    if (!has_more || after === undefined) return;
  }
  // The cursor stays where it is, and people see why.
  const since = query.since.toISOString();
  const message = `Stripe lists more than ${mostPages * pageSize} events since ${since}.`;
  throw new Unavailable("too_many_events", message);
}
