import type Stripe from "stripe";
import type { ProviderEvent } from "../payments/gateway.ts";
import { stamp } from "./read-intent.ts";

/** Stripe's event in our words: which intent it is about, and whose it is. */
export function readEvent(event: Stripe.Event, body: Buffer): ProviderEvent {
  const object = event.data.object as {
    id?: string;
    object?: string;
    metadata?: Record<string, string> | null;
  };
  const isIntent = object.object === "payment_intent";
  return {
    id: event.id,
    type: event.type,
    intentId: isIntent ? (object.id ?? null) : null,
    paymentId: object.metadata?.[stamp.payment] ?? null,
    installation: object.metadata?.[stamp.installation] ?? null,
    createdAt: new Date(event.created * 1_000),
    body,
  };
}
