import { z } from "@hono/zod-openapi";
import { locales } from "../notifications/locales/dictionaries.ts";
import { fulfilmentStatuses } from "../orders/fulfilment/fulfilment-view.ts";
import { closings, orderStatuses } from "../orders/lifecycle.ts";
import { paymentStatuses } from "../payments/lifecycle.ts";
import { returnSchema, shipmentSchema } from "./fulfilment-schemas.ts";
import { address, email } from "./order-requests.ts";
import { cursor, pageLimit } from "./schemas.ts";

/** How orders are shown, and asked for in lists. */

const time = z.iso.datetime();

const summary = z.object({
  id: z.uuid(),
  number: z.string().openapi({ example: "4Q7K-9M2X-P0TZ", description: "For people." }),
  status: z.enum(orderStatuses as [string, ...string[]]).openapi({ example: "awaiting_payment" }),
  closing: z
    .enum(closings)
    .nullable()
    .openapi({ description: "Why it is about to end, or to change.", example: null }),
  currency: z.string().openapi({ example: "gbp" }),
  totalMinor: z.int().openapi({ example: 1790 }),
  locale: z.enum(locales),
  customerRef: z.string().nullable(),
  placedAt: time,
  expiresAt: time.nullable().openapi({ description: "While its stock is held unpaid." }),
  serverTime: time.openapi({ description: "Count down to expiresAt from here." }),
  contact: z
    .object({
      email: z.string(),
      phone: z.string().nullable(),
      name: z.string().nullable(),
      address: z.object(address.shape).nullable(),
    })
    .nullable()
    .openapi({ description: "Null once the person was erased." }),
  payment: z
    .object({
      status: z.enum(paymentStatuses),
      clientSecret: z.string().optional().openapi({ description: "While it can be paid." }),
      delayed: z
        .literal(true)
        .optional()
        .openapi({ description: "Stripe could not be reached yet: it is tried again by itself." }),
      declined: z
        .string()
        .optional()
        .openapi({ description: "Why the last card was declined, in the customer's words." }),
    })
    .nullable(),
  paymentStatus: z.enum(["unpaid", "paid", "partially_refunded", "refunded", "disputed"]).openapi({
    description:
      "How the order's money stands, by the ledger. disputed, which only a secret key is shown: " +
      "a dispute of it is open or was lost.",
    example: "paid",
  }),
  refundedMinor: z.int().openapi({ example: 0 }),
  fulfilmentStatus: z.enum(fulfilmentStatuses).openapi({
    description: "How far its goods are on their way, by its shipments and returns.",
    example: "unfulfilled",
  }),
  attention: z.string().nullable().optional().openapi({ description: "With a secret key." }),
});

export type SummaryJson = z.output<typeof summary>;

const pricedLine = z.object({
  sku: z.string(),
  name: z.string(),
  quantity: z.int(),
  unitPriceMinor: z.int(),
  totalMinor: z.int(),
});

const goods = {
  lines: z.array(pricedLine),
  adjustments: z.array(z.object({ kind: z.string(), name: z.string(), amountMinor: z.int() })),
};

const shortages = z.array(z.object({ sku: z.string(), requested: z.int(), available: z.int() }));

export const orderSchema = summary
  .extend({
    ...goods,
    lines: z.array(
      pricedLine.extend({
        shippedQuantity: z.int(),
        cancelledQuantity: z.int(),
        returnedQuantity: z.int().openapi({ description: "Of those that were shipped." }),
      }),
    ),
    shipments: z.array(shipmentSchema),
    returns: z.array(returnSchema),
    shortages: shortages
      .optional()
      .openapi({ description: "What was short, when it was rejected." }),
    orderToken: z.string().optional().openapi({ description: "The guest's way to this order." }),
  })
  .openapi("Order");

export type OrderJson = z.output<typeof orderSchema>;

const priceChanges = z.array(z.object({ sku: z.string(), fromMinor: z.int(), toMinor: z.int() }));
const totalChange = z.object({ from: z.int(), to: z.int() });

/** What costs otherwise since the draft; null where nothing does. */
export const repriced = z
  .object({ prices: priceChanges, totalMinor: totalChange })
  .nullable()
  .openapi({ description: "What costs otherwise than when it was drafted.", example: null });

/** What an edit would make of an order. */
export const editPreview = z
  .object({
    dryRun: z.literal(true),
    totalMinor: z.int(),
    ...goods,
    difference: z
      .object({
        lines: z.array(z.object({ sku: z.string(), from: z.int(), to: z.int() })),
        prices: priceChanges,
        adjustments: z.boolean().openapi({ description: "Whether the adjustments are others." }),
        totalMinor: totalChange,
      })
      .nullable()
      .openapi({ description: "Null where nothing would change." }),
    shortages: shortages.openapi({ description: "What is not in stock for it at the moment." }),
    payment: z.enum(["none", "kept", "replaced"]).openapi({
      description: "replaced: the payment is cancelled at Stripe, and another takes its place.",
    }),
  })
  .openapi("EditPreview");

const listedOrder = summary
  .extend({ lineCount: z.int().openapi({ description: "Read the order itself for its lines." }) })
  .openapi("ListedOrder");

export type ListedOrderJson = z.output<typeof listedOrder>;

export const orderPage = z
  .object({ data: z.array(listedOrder), nextCursor: cursor("Give it as after for the next page.") })
  .openapi("OrderPage");

const moment = z.iso.datetime({
  offset: true,
  message: "Must be a time such as 2026-11-23T08:00:00Z.",
});

export const orderQuery = z.strictObject({
  status: z
    .enum(orderStatuses as [(typeof orderStatuses)[number]], "Must be an order's status.")
    .optional(),
  attention: z.literal("true", "Must be true, or left out.").optional(),
  email: email.optional(),
  from: moment.optional().openapi({ description: "Placed at this time or later." }),
  to: moment.optional().openapi({ description: "Placed before this time." }),
  limit: pageLimit,
  after: z.uuid("Must be the nextCursor of a page.").optional(),
});
