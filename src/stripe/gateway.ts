import Stripe from "stripe";
import { Unavailable } from "../errors.ts";
import type { PaymentGateway, PaymentReads, PaymentWrites, Span } from "../payments/gateway.ts";
import { neededEvents } from "../payments/inbox.ts";
import { type Ask, askAtOnce } from "./ask.ts";
import { askAgain } from "./ask-again.ts";
import { intentOfCharge, retrieve } from "./intents.ts";
import { all, createdIn, listEvents, pageSize, walk } from "./lists.ts";
import { readDispute } from "./read-dispute.ts";
import { readEvent } from "./read-event.ts";
import { intentExpansion, readIntent } from "./read-intent.ts";
import { readRefund } from "./read-refund.ts";
import { walkWhole } from "./walk-whole.ts";
import { stripeWrites } from "./writes.ts";

/** How rarely it is asked whether we have an endpoint: it changes by a person's hand only. */
const endpointMilliseconds = 5 * 60_000;
/** A key that may not ask is refused each time: so long what was known is taken for true. */
const unknownMilliseconds = 60_000;

/** The payment gateway on Stripe. Keys are made of our own row's id, so a retry is no repeat. */
export function createStripeGateway(stripe: Stripe, ask: Ask = askAtOnce): PaymentGateway {
  const writes: PaymentWrites = stripeWrites(stripe, ask);
  return { ...writes, ...stripeReads(stripe, ask) };
}

function stripeReads(stripe: Stripe, ask: Ask): PaymentReads {
  let endpoint = { enabled: false, until: Number.NEGATIVE_INFINITY };
  const expand = intentExpansion.map((name) => `data.${name}`);
  /** How the pages of a long walk are asked for. */
  const again: Ask = (route, request) => askAgain(() => ask(route, request));
  const intents = (where: Stripe.PaymentIntentListParams) =>
    walk(
      again,
      "GET /v1/payment_intents",
      (page) => stripe.paymentIntents.list({ ...where, expand, ...page }),
      readIntent,
    );
  const intentsIn = (span: Span) =>
    walkWhole((part) => intents({ created: createdIn(part) }), span);
  const refunds = (where: Stripe.RefundListParams, how = ask) =>
    walk(how, "GET /v1/refunds", (page) => stripe.refunds.list({ ...where, ...page }), readRefund);
  const disputes = (where: Stripe.DisputeListParams, how = ask) =>
    walk(
      how,
      "GET /v1/disputes",
      (page) => stripe.disputes.list({ ...where, ...page }),
      readDispute,
    );
  return {
    readIntent: (intentId) => retrieve(stripe, ask, intentId),
    intentOfCharge: (chargeId) => intentOfCharge(stripe, ask, chargeId),
    async findIntent(paymentId, span) {
      for await (const page of intentsIn(span)) {
        const found = page.find((intent) => intent.paymentId === paymentId);
        if (found) return found;
      }
      return null;
    },
    refundsOf: (intentId) => all(refunds({ payment_intent: intentId })),
    disputesOf: (intentId) => all(disputes({ payment_intent: intentId })),
    listIntents: intentsIn,
    listRefunds: (span) => walkWhole((part) => refunds({ created: createdIn(part) }, again), span),
    listDisputes: (span) =>
      walkWhole((part) => disputes({ created: createdIn(part) }, again), span),
    listEvents: (query) => listEvents(stripe, again, query),
    async readEvent(eventId) {
      const event = await ask("GET /v1/events/:id", () => stripe.events.retrieve(eventId));
      return readEvent(event, Buffer.from(JSON.stringify(event)));
    },
    async hasWebhookEndpoint() {
      const now = performance.now();
      if (now > endpoint.until) {
        endpoint = { ...endpoint, until: now + unknownMilliseconds };
        const list = () => stripe.webhookEndpoints.list({ limit: pageSize });
        const { data } = await ask("GET /v1/webhook_endpoints", list);
        endpoint = { enabled: data.some(isOurs), until: now + endpointMilliseconds };
      }
      return endpoint.enabled;
    },
    readAccount: () => readAccount(stripe, ask),
  };
}

/**
 * Whether we hear from an endpoint of all that we need: an event that is sent to none of ours never
 * fails to be delivered. Where we can be reached is not known here; the path on which we listen is.
 */
function isOurs({ status, url, enabled_events: types }: Stripe.WebhookEndpoint): boolean {
  const path = URL.parse(url)?.pathname ?? "";
  const takesAll = types.includes("*") || neededEvents.every((type) => types.includes(type));
  return status === "enabled" && path.endsWith("/v1/webhooks/stripe") && takesAll;
}

/** A restricted key may not be allowed to ask whose it is: then nothing is known, and no more. */
async function readAccount(stripe: Stripe, ask: Ask): Promise<string | null> {
  try {
    return (await ask("GET /v1/account", () => stripe.accounts.retrieveCurrent())).id;
  } catch (error) {
    const { cause } = error instanceof Unavailable ? error : {};
    if (cause instanceof Stripe.errors.StripePermissionError) return null;
    throw error;
  }
}
