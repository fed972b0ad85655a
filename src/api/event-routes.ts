import { createRoute, z } from "@hono/zod-openapi";
import { eventTypes } from "../orders/told-events.ts";
import { answer, refusals, secretKey, secretKeyOrToken } from "./documentation.ts";
import { eventPage, orderHistory } from "./event-schemas.ts";
import { pageLimit, preferHeader } from "./schemas.ts";

/** The addresses of what happened: to one order, and to all of a shop's. */

const seq = z
  .string()
  .regex(/^\d{0,9}$/, "Must be the seq of an event, such as 3.")
  .transform(Number);

export const orderEventsRoute = createRoute({
  method: "get",
  path: "/v1/orders/{id}/events",
  tags: ["Events"],
  summary: "Read an order's history, or follow it live",
  description:
    "As JSON, what has happened. With Accept: text/event-stream, that and whatever happens from " +
    "then on, as server-sent events: id is the event's seq, event its type, data the event as in " +
    "the feed. Send the last id that you have as Last-Event-ID (or after) and you miss nothing. " +
    "The stream says `event: end` once the order is completed, expired, cancelled or rejected " +
    "and no refund is on its way; whoever comes back then gets 204. One that ends without it " +
    "is to be opened again. Expired orders are told to guests, too.",
  security: secretKeyOrToken,
  request: {
    params: z.object({ id: z.string().openapi({ description: "The order's id, a UUID." }) }),
    query: z.strictObject({
      after: seq.optional().openapi({
        type: "integer",
        example: 2,
        description: "Only events with a higher seq.",
      }),
    }),
    headers: z.object({
      "last-event-id": seq.optional().openapi({ type: "integer", description: "As after." }),
    }),
  },
  responses: {
    200: {
      description: "Everything that happened to it, oldest first.",
      content: {
        "application/json": { schema: orderHistory },
        "text/event-stream": { schema: z.string() },
      },
    },
    204: { description: "A stream of which everything was read: there will be no more." },
    ...refusals(
      "invalid_query",
      "invalid_header",
      "unauthorized",
      "forbidden",
      "order_not_found",
      "too_many_streams",
    ),
  },
});

const types = z
  .string()
  .transform((text) => text.split(","))
  .pipe(
    z
      .array(z.enum(eventTypes, "Must be types of events, such as order.paid_by_force."))
      .max(eventTypes.length),
  );

export const feedRoute = createRoute({
  method: "get",
  path: "/v1/events",
  tags: ["Events"],
  summary: "Read what happened to the shop's orders",
  description:
    "The feed for other systems: every event of every order once, each order's in their order, " +
    "and never one before what was read already. Keep nextCursor and give it as after the next " +
    "time; at once where hasMore is true. The newest events may be held back for a moment, until " +
    "none can come before them. With Prefer: wait=20 an empty page waits for the next event.",
  security: secretKey,
  request: {
    query: z.strictObject({
      after: z.string().optional().openapi({ description: "A nextCursor; none: from the start." }),
      limit: pageLimit,
      types: types.optional().openapi({
        type: "string",
        example: "order.payment_captured,order.cancelled",
        description: "Only these. A page may then be empty although hasMore is true.",
      }),
    }),
    headers: z.object({ prefer: preferHeader }),
  },
  responses: {
    200: answer("A page of events, oldest first.", eventPage),
    ...refusals("invalid_query", "unauthorized", "forbidden", "cursor_ahead"),
  },
});
