import type { SeenDispute } from "./dispute.ts";
import type { Intent } from "./intent.ts";
import type { EventTopic } from "./lifecycle.ts";
import type { SeenRefund } from "./refund.ts";

/**
 * `tryNumber` is part of the idempotency key. It rises when the provider repeats a failure that it
 * has stored under the old key, or may have forgotten that key and has nothing that was made by it.
 */
export type NewIntent = {
  paymentId: string;
  orderId: string;
  orderNumber: string;
  installation: string;
  amountMinor: number;
  currency: string;
  tryNumber: number;
};

/** Stripe keeps idempotency keys for at least a day: docs.stripe.com/api/idempotent_requests. */
export const keyHours = 23;

/** Here `tryNumber` may rise with each recorded failure: cancelling twice is harmless. */
export type IntentToCancel = { intentId: string; paymentId: string; tryNumber: number };

/** `key` says what is meant: the same wish under the same key is one refund. */
export type NewRefund = {
  key: string;
  intentId: string;
  amountMinor: number;
  reason: string;
  /** Our row's id; null for money of an order that we don't know. */
  refundId: string | null;
  orderId: string | null;
  installation: string;
};

export type ProviderEvent = {
  id: string;
  type: string;
  topic: EventTopic;
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

/** `at`: the provider's own time when it was first asked, or null where it does not say. */
export type EventPage = { events: ProviderEvent[]; at: Date | null };

/** Created at `since` or later, and before `until`. */
export type Span = { since: Date; until: Date };

/**
 * What Aurora needs of a payment provider. Every write carries an idempotency key made of our own
 * row or intention, so that asking again is never doing again.
 *
 * @throws Unavailable when nothing happened, OutcomeUnknown when it may have, Refused for good
 */
export type PaymentGateway = PaymentWrites & PaymentReads;

export type PaymentWrites = {
  /** `replayed`: the provider repeated an old answer, whose status may be out of date. */
  createIntent(wanted: NewIntent): Promise<{ intent: Intent; replayed: boolean }>;
  /** Cancels the intent unless it is beyond that; answers how it stands then. */
  cancelIntent(wanted: IntentToCancel): Promise<Intent>;
  /** How the refund stands is to be read: the answer may be an old one, repeated. */
  createRefund(wanted: NewRefund): Promise<void>;
};

export type PaymentReads = {
  readIntent(intentId: string): Promise<Intent>;
  /** The intent that a charge belongs to, or null where there is none. */
  intentOfCharge(chargeId: string): Promise<string | null>;
  /** The intent that bears a payment's stamp, of those created in a span of time. */
  findIntent(paymentId: string, span: Span): Promise<Intent | null>;
  /** All refunds of an intent; all its disputes. */
  refundsOf(intentId: string): Promise<SeenRefund[]>;
  disputesOf(intentId: string): Promise<SeenDispute[]>;
  /** Everything that was made in a span of time, newest first, page by page. */
  listIntents(span: Span): AsyncIterable<Intent[]>;
  listRefunds(span: Span): AsyncIterable<SeenRefund[]>;
  listDisputes(span: Span): AsyncIterable<SeenDispute[]>;
  /** Events since a moment, newest first, page by page. */
  listEvents(query: EventQuery): AsyncIterable<EventPage>;
  readEvent(eventId: string): Promise<ProviderEvent>;
  /** Whether the provider tells our webhook endpoint of all that we need to hear. */
  hasWebhookEndpoint(): Promise<boolean>;
  /** The account that our key opens, or null where the key may not ask. */
  readAccount(): Promise<string | null>;
};

/** Checks a webhook's signature and age, and reads it. Throws Refused when it is not genuine. */
export type WebhookReader = (body: Buffer, signature: string) => ProviderEvent;
