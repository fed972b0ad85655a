import type Stripe from "stripe";
import type { ProviderEvent } from "../payments/gateway.ts";
import type { EventTopic } from "../payments/lifecycle.ts";
import { idOf, stamp } from "./stamp.ts";

/** Stripe's event in our words: which intent it is about, and whose it is. */
export function readEvent(event: Stripe.Event, body: Buffer): ProviderEvent {
  const object = event.data.object as {
    id?: string;
    object?: string;
    payment_intent?: string | { id: string } | null;
    metadata?: Record<string, string> | null;
  };
  const isIntent = object.object === "payment_intent";
  return {
    id: event.id,
    type: event.type,
    topic: topicOf(event.type),
    intentId: isIntent ? (object.id ?? null) : idOf(object.payment_intent),
    paymentId: object.metadata?.[stamp.payment] ?? null,
    installation: object.metadata?.[stamp.installation] ?? null,
    createdAt: new Date(event.created * 1_000),
    body,
  };
}

/** Reads a stored event anew, by what the code knows today. */
export function rereadEvent(body: Buffer): ProviderEvent {
  return readEvent(JSON.parse(body.toString()) as Stripe.Event, body);
}

function topicOf(type: string): EventTopic {
  if (type.startsWith("refund.") || type.startsWith("charge.refund")) return "refund";
  return type.startsWith("charge.dispute.") ? "dispute" : "intent";
}
