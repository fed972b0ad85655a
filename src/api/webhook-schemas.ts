import { z } from "@hono/zod-openapi";
import { eventTypes } from "../orders/told-events.ts";
import { deliveryStatuses } from "../webhooks/lifecycle.ts";
import { cursor, line, pageLimit } from "./schemas.ts";

const eventType = z.enum(eventTypes, "Must be the type of an event, such as order.paid_by_force.");

const types = z
  .array(eventType, "Must be a list of event types, or null for all.")
  .min(1, "Must name at least one type; null stands for all.")
  .nullable()
  .openapi({
    example: ["order.payment_captured", "order.cancelled"],
    description: "What it is told of; null: everything that happens to the shop's orders.",
  });

const url = z
  .string("Must be a text.")
  .openapi({ example: "https://erp.example/aurora", description: "https, on the internet." });

const description = line(200).nullable().openapi({ example: "Stock planning" });

export const newEndpoint = z
  .strictObject({
    url,
    eventTypes: types.default(null),
    payloadVersion: z.literal(1, "Must be 1: there is no other version yet.").default(1),
    description: description.optional(),
  })
  .openapi("NewWebhookEndpoint");

export const endpointChange = z
  .strictObject({
    url: url.optional(),
    eventTypes: types.optional(),
    description: description.optional(),
    status: z.enum(["enabled", "disabled"], "Must be enabled or disabled.").optional().openapi({
      description: "Disabled, it is told of nothing, and what waits for it is dropped.",
    }),
  })
  .openapi("WebhookEndpointChange");

const time = z.iso.datetime().nullable();

const endpoint = z.object({
  id: z.uuid(),
  url: z.string(),
  description: z.string().nullable(),
  eventTypes: z.array(z.string()).nullable(),
  payloadVersion: z.int(),
  status: z.enum(["enabled", "failing", "disabled"]).openapi({
    description: "failing: it is asked with one webhook at a time until it answers again.",
  }),
  disabledBy: z.string().nullable().openapi({
    description: "failure: it failed for three days. Else who disabled it.",
    example: null,
  }),
  downSince: time,
  failure: z.string().nullable().openapi({ description: "Why its last call failed." }),
  nextProbeAt: time.openapi({ description: "When a failing endpoint is asked again." }),
  lastSuccessAt: time.openapi({ description: "To the minute." }),
  oldSecretUntil: time.openapi({ description: "Until when the secret before signs, too." }),
  createdAt: z.iso.datetime(),
});

export const endpointSchema = endpoint.openapi("WebhookEndpoint");
export type EndpointJson = z.output<typeof endpointSchema>;

export const endpointWithSecret = endpoint
  .extend({
    secret: z.string().openapi({
      example: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1234567890A=",
      description: "Signs what it is told. It is shown here and never again.",
    }),
  })
  .openapi("WebhookEndpointWithSecret");

export const endpointList = z
  .object({ data: z.array(endpointSchema) })
  .openapi("WebhookEndpointList");

const longestOverlap = 7 * 24;

export const rotation = z
  .strictObject({
    overlapHours: z
      .number(`Must be a number of hours from 0 to ${longestOverlap}.`)
      .min(0, "Must be at least 0.")
      .max(longestOverlap, `Must be at most ${longestOverlap}.`)
      .default(24)
      .openapi({ description: "For so long the secret before signs, too. 0 ends it at once." }),
  })
  .openapi("SecretRotation");

const moment = z.iso.datetime({
  offset: true,
  message: "Must be a time such as 2026-11-23T08:00:00Z.",
});

export const replayWish = z
  .strictObject({
    after: moment.openapi({
      description: "Events later than this.",
      example: "2026-11-23T08:00:00Z",
    }),
    before: moment.openapi({ description: "Up to this.", example: "2026-11-23T09:00:00Z" }),
    eventTypes: types.default(null),
    dryRun: z.boolean("Must be true or false.").default(false).openapi({
      description: "Only counts the events.",
    }),
  })
  .refine(({ after, before }) => Date.parse(after) < Date.parse(before), {
    path: ["before"],
    message: "Must be later than after.",
  })
  .openapi("WebhookReplay");

export const replayOutcome = z
  .object({ count: z.int().openapi({ example: 12 }), dryRun: z.boolean() })
  .openapi("WebhookReplayOutcome");

const attempt = z.object({
  nr: z.int(),
  at: z.iso.datetime({ offset: true }),
  milliseconds: z.int(),
  httpStatus: z.int().nullable(),
  reason: z.string().nullable().openapi({ description: "Why it is no success; null: it is one." }),
  answer: z.string().nullable().openapi({
    description: "The beginning of the answer, with addresses and numbers of people struck out.",
  }),
});

export const deliverySchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(["event", "replay", "test"]),
    eventId: z.string().nullable().openapi({ description: "What stands in webhook-id." }),
    eventType: z.string().nullable(),
    orderId: z.uuid().nullable(),
    orderNumber: z.string().nullable(),
    seq: z.int().nullable(),
    status: z.enum(deliveryStatuses).openapi({
      description:
        "pending: on its way, or it waits for its next try; sending; parked: it waits for its " +
        "endpoint; delivered; failed: given up after three days; dropped: the endpoint was " +
        "disabled or deleted.",
    }),
    replayOf: z.uuid().nullable(),
    createdAt: z.iso.datetime(),
    endedAt: time,
    nextTryAt: time,
    reason: z.string().nullable(),
    attempts: z.array(attempt),
  })
  .openapi("WebhookDelivery");

export const deliveryPage = z
  .object({ data: z.array(deliverySchema), nextCursor: cursor("Give it as after.") })
  .openapi("WebhookDeliveryPage");

export const deliveryQuery = z.strictObject({
  status: z.enum(deliveryStatuses, `Must be one of ${deliveryStatuses.join(", ")}.`).optional(),
  limit: pageLimit,
  after: z
    .string()
    .regex(/^\d{1,15}$/, "Must be the nextCursor of a page.")
    .optional(),
});
