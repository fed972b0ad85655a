import type { Intent } from "./intent.ts";

/** `tryNumber` is part of the idempotency key: it rises only after a recorded failure. */
export type NewIntent = {
  paymentId: string;
  orderId: string;
  orderNumber: string;
  installation: string;
  amountMinor: number;
  currency: string;
  tryNumber: number;
};

export type IntentToCancel = { intentId: string; paymentId: string; tryNumber: number };

export type ProviderEvent = {
  id: string;
  type: string;
  /** The intent that the event is about, or null for events of other things. */
  intentId: string | null;
  /** Our stamp on the event's object. */
  paymentId: string | null;
  installation: string | null;
  createdAt: Date;
  /** The event as it came over the wire. */
  body: Buffer;
};

export type EventQuery = {
  since: Date;
  /** Only events whose delivery to our webhook failed. */
  undeliveredOnly: boolean;
};

/**
 * What Aurora needs of a payment provider. Every write carries an idempotency key made of the
 * payment's id, so that asking again is never doing again.
 *
 * @throws Unavailable when nothing happened, OutcomeUnknown when it may have, Refused for good
 */
export type PaymentGateway = {
  /** `replayed`: the provider repeated an old answer, whose status may be out of date. */
  createIntent(wanted: NewIntent): Promise<{ intent: Intent; replayed: boolean }>;
  readIntent(intentId: string): Promise<Intent>;
  /** Cancels the intent unless it is beyond that; answers how it stands then. */
  cancelIntent(wanted: IntentToCancel): Promise<Intent>;
  /** Events since a moment, newest first, page by page. */
  listEvents(query: EventQuery): AsyncIterable<ProviderEvent[]>;
  /** Whether a webhook endpoint is registered and enabled at the provider. */
  hasWebhookEndpoint(): Promise<boolean>;
};

/** Checks a webhook's signature and age, and reads it. Throws Refused when it is not genuine. */
export type WebhookReader = (body: Buffer, signature: string) => ProviderEvent;
