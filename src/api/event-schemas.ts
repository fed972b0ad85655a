import { z } from "@hono/zod-openapi";
import { orderStatuses } from "../orders/lifecycle.ts";
import { eventTypes } from "../orders/told-events.ts";

/** An event of an order: the same in the history, in streams, in the feed and in webhooks. */
const eventSchema = z
  .object({
    id: z.string().openapi({
      example: "01900000-0000-7000-8000-000000000000-3",
      description: "Unique, and always the same for the same event.",
    }),
    type: z.enum(eventTypes).openapi({ example: "order.stock_reserved" }),
    seq: z.int().openapi({ example: 3, description: "Counts the order's events from 1, no gaps." }),
    orderId: z.uuid(),
    orderNumber: z.string().openapi({ example: "4Q7K-9M2X-P0TZ" }),
    status: z.enum(orderStatuses).openapi({ description: "The order's, after the event." }),
    at: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()).openapi({
      example: {},
      description: "What the event says besides; more may come. Guests read less of it.",
    }),
  })
  .openapi("Event");

export const orderHistory = z
  .object({
    data: z.array(
      eventSchema
        .extend({
          from: z.string().nullable().openapi({ description: "The order's status before." }),
          actor: z.string().openapi({ example: "reservation" }),
        })
        .openapi("HistoryEvent"),
    ),
  })
  .openapi("OrderHistory");

export const eventPage = z
  .object({
    data: z.array(eventSchema),
    nextCursor: z.string().openapi({ description: "Where the next page begins: keep it." }),
    hasMore: z.boolean().openapi({ description: "There is more: ask again at once." }),
  })
  .openapi("EventPage");
