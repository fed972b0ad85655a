import { renderEvent } from "./events.ts";
import type { Form } from "./form.ts";
import { readPage, renderPage } from "./lists.ts";
import type { StripeEvent } from "./objects.ts";
import { invalid, readFlag, readList, readOptionalText, refuseUnknown } from "./params.ts";
import { notFound } from "./problems.ts";
import type { StripeWorld } from "./world.ts";

const MAX_TYPES = 20;
const listParams = [
  "created",
  "delivery_success",
  "ending_before",
  "expand",
  "limit",
  "starting_after",
  "type",
  "types",
];

/** What happened, newest first; the way to hear of it when no webhook comes. */
export function listEvents(world: StripeWorld, form: Form): string {
  refuseUnknown(form, listParams);
  const ofType = readTypes(form);
  const success = readFlag(form, "delivery_success");
  const { rows, hasMore } = readPage(world.books.events, form, "event", (event) => {
    const delivered = wasDelivered(world, event);
    return ofType(event.type) && (success === undefined || success === delivered);
  });
  const items = rows.map((event) => renderEvent(world, event));
  return renderPage("/v1/events", items, hasMore);
}

export function retrieveEvent(world: StripeWorld, id: string): string {
  const event = world.books.events.get(id);
  if (event === undefined) throw notFound("event", id);
  return renderEvent(world, event);
}

/** An event that no endpoint asked for lacks no delivery; of a lost one Stripe knows nothing. */
function wasDelivered(world: StripeWorld, { id }: StripeEvent): boolean {
  const delivery = world.books.deliveries.get(id);
  return delivery === undefined || delivery.state === "delivered" || delivery.state === "lost";
}

/** One type, a family such as `charge.*`, or up to twenty types. */
function readTypes(form: Form): (type: string) => boolean {
  const type = readOptionalText(form, "type");
  const types = readList(form, "types");
  if (type !== undefined && types !== undefined) {
    throw invalid("type", "Only one of type and types may be given");
  }
  if (types !== undefined && types.length > MAX_TYPES) {
    throw invalid("types", `Up to ${MAX_TYPES} types may be given`);
  }
  if (types !== undefined) return (name) => types.includes(name);
  if (type === undefined || type === "*") return () => true;
  if (type.endsWith(".*")) return (name) => name.startsWith(type.slice(0, -1));
  return (name) => name === type;
}
