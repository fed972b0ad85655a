import type { Books } from "../books.ts";

/** What Stripe's stand-in works with. */
export type StripeWorld = {
  books: Books;
  /** Milliseconds, by the stand-ins' own clock. */
  now: () => number;
  /** Milliseconds by the machine's clock, with which receivers compare signatures. */
  wallNow: () => number;
  /** The sandbox's own address, known once it listens. */
  address: () => string;
  endpoint: WebhookEndpoint | undefined;
  /** Hears of every new event that is meant for the endpoint. */
  announce: (eventId: string) => void;
};

/** The one place that events are posted to. */
export type WebhookEndpoint = {
  id: string;
  url: string;
  /** More than one while a secret is being changed: each of them signs. */
  secrets: string[];
  enabledEvents: string[];
  created: number;
};

/** Which request an event came of; both are null when nobody asked, as with a bank's answer. */
export type Cause = { requestId: string | null; idempotencyKey: string | null };

export const nobody: Cause = { requestId: null, idempotencyKey: null };

/** Whole seconds, as Stripe counts. */
export function seconds(world: StripeWorld): number {
  return Math.floor(world.now() / 1000);
}
