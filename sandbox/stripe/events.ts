import { newId } from "../ids.ts";
import type { StripeEvent } from "./objects.ts";
import { meetFate } from "./trouble.ts";
import { type Cause, type StripeWorld, seconds } from "./world.ts";

/** The version whose shapes the stand-in answers in; the one that the pinned SDK asks for. */
export const API_VERSION = "2026-10-28.endive";

export type EventType =
  | "payment_intent.created"
  | "payment_intent.succeeded"
  | "payment_intent.payment_failed"
  | "payment_intent.requires_action"
  | "payment_intent.processing"
  | "payment_intent.canceled"
  | "payment_intent.amount_capturable_updated"
  | "charge.succeeded"
  | "charge.failed"
  | "charge.pending"
  | "charge.updated"
  | "charge.captured"
  | "charge.refunded"
  | "charge.refund.updated"
  | "refund.created"
  | "refund.updated"
  | "refund.failed"
  | "charge.dispute.created"
  | "charge.dispute.updated"
  | "charge.dispute.closed"
  | "charge.dispute.funds_withdrawn"
  | "charge.dispute.funds_reinstated";

/** Writes an event with the object as it stands now, and lets it be delivered if it is wanted. */
export function emit(
  world: StripeWorld,
  cause: Cause,
  type: EventType,
  object: { id: string },
): void {
  const { books, endpoint } = world;
  const id = newId("evt");
  books.events.put({
    id,
    type,
    created: seconds(world),
    ...cause,
    snapshot: books.jsonOf(object),
  });
  if (endpoint === undefined || !isWanted(endpoint.enabledEvents, type)) return;

  const delivery = { id, attempts: 0, lastAnswer: null };
  if (!books.switches.webhooks) {
    books.deliveries.put({ ...delivery, state: "withheld" });
    return;
  }
  const fate = meetFate(world, type);
  const state = fate?.dropped ? "dropped" : fate?.lost ? "lost" : "pending";
  books.deliveries.put({ ...delivery, state, ...(fate ? { fate } : {}) });
  if (state === "pending") world.announce(id);
}

/** An event as Stripe shows it, in text: the snapshot is already JSON. */
export function renderEvent(world: StripeWorld, event: StripeEvent): string {
  const pending = world.books.deliveries.get(event.id)?.state === "pending" ? 1 : 0;
  const request = JSON.stringify({ id: event.requestId, idempotency_key: event.idempotencyKey });
  return (
    `{"id":"${event.id}","object":"event","api_version":"${API_VERSION}",` +
    `"created":${event.created},"data":{"object":${event.snapshot}},"livemode":false,` +
    `"pending_webhooks":${pending},"request":${request},"type":"${event.type}"}`
  );
}

function isWanted(enabledEvents: readonly string[], type: EventType): boolean {
  return enabledEvents.includes("*") || enabledEvents.includes(type);
}
