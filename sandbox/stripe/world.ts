import type { Books } from "../books.ts";

/** What Stripe's stand-in works with. A clock of its own can take the place of `now` here. */
export type StripeWorld = {
  books: Books;
  /** Milliseconds. */
  now: () => number;
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
  secret: string;
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
