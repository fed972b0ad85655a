import { z } from "@hono/zod-openapi";
import { locales } from "../notifications/locales/dictionaries.ts";
import { closings, orderStatuses } from "../orders/lifecycle.ts";
import { paymentStatuses } from "../payments/lifecycle.ts";
import { amountMinor, currency, cursor, line, pageLimit, quantity, sku } from "./schemas.ts";

/** Real orders have had 592 lines. */
const mostLines = 1_000;
const mostAdjustments = 50;

const email = z
  .email("Must be an e-mail address, such as ada@example.com.")
  .max(254, "Must have at most 254 characters.")
  .openapi({ example: "ada@example.com" });

const contact = z.strictObject({
  email,
  phone: z
    .string("Must be a text.")
    .regex(/^\+[1-9]\d{6,14}$/, "Must be a number in E.164, such as +447700900123.")
    .optional()
    .openapi({ example: "+447700900123" }),
  name: line(200).optional().openapi({ example: "Ada Lovelace" }),
  locale: z.enum(locales, `Must be ${locales.join(" or ")}.`).default("en"),
});

const address = z.strictObject({
  line1: line(200).openapi({ example: "12 Mill Lane" }),
  line2: line(200).optional(),
  city: line(100).openapi({ example: "Cambridge" }),
  postalCode: line(20).optional().openapi({ example: "CB2 1RX" }),
  region: line(100).optional(),
  country: z
    .string("Must be a text.")
    .regex(/^[A-Z]{2}$/, "Must be two capital letters (ISO 3166), such as GB.")
    .openapi({ example: "GB" }),
});

const adjustment = z
  .strictObject({
    kind: z.enum(["shipping", "discount", "tax"], "Must be shipping, discount or tax."),
    name: line(100),
    amountMinor: amountMinor(-99_999_999),
  })
  .refine(({ kind, amountMinor }) => (kind === "discount") === amountMinor < 0, {
    path: ["amountMinor"],
    message: "A discount must be below zero, shipping and tax must not.",
  });

/** What the reference offers to try: it fits the shop that `npm start` makes. */
const exampleOrder = {
  contact: { email: "ada@example.com", name: "Ada Lovelace", locale: "en" },
  shippingAddress: { line1: "12 Mill Lane", city: "Cambridge", country: "GB" },
  lines: [{ sku: "MUG-BLUE", quantity: 2 }],
};

export const newOrder = z
  .strictObject({
    contact,
    shippingAddress: address.optional(),
    lines: z
      .array(z.strictObject({ sku, quantity }), "Must be a list of lines.")
      .min(1, "Must have at least one line.")
      .max(mostLines, `Must have at most ${mostLines} lines.`),
    adjustments: z
      .array(adjustment, "Must be a list of adjustments.")
      .max(mostAdjustments, `Must have at most ${mostAdjustments} adjustments.`)
      .optional()
      .openapi({ description: "Only with a secret key." }),
    customerRef: line(200).optional().openapi({ description: "Your own name for the customer." }),
    currency: currency.optional().openapi({ description: "If given, it must be the shop's." }),
  })
  .openapi("NewOrder", { example: exampleOrder });

export type NewOrder = z.output<typeof newOrder>;

export const cancelWish = z
  .strictObject({
    refund: z
      .enum(["full", "none"], "Must be full or none.")
      .optional()
      .openapi({ description: "Needed for a paid order, and only there." }),
  })
  .openapi("CancelWish", { example: { refund: "full" } });

const time = z.iso.datetime();

const summary = z.object({
  id: z.uuid(),
  number: z.string().openapi({ example: "4Q7K-9M2X-P0TZ", description: "For people." }),
  status: z.enum(orderStatuses as [string, ...string[]]).openapi({ example: "awaiting_payment" }),
  closing: z
    .enum(closings)
    .nullable()
    .openapi({ description: "Why it is about to end.", example: null }),
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
  attention: z.string().nullable().optional().openapi({ description: "With a secret key." }),
});

export type SummaryJson = z.output<typeof summary>;

export const orderSchema = summary
  .extend({
    lines: z.array(
      z.object({
        sku: z.string(),
        name: z.string(),
        quantity: z.int(),
        unitPriceMinor: z.int(),
        totalMinor: z.int(),
      }),
    ),
    adjustments: z.array(z.object({ kind: z.string(), name: z.string(), amountMinor: z.int() })),
    shortages: z
      .array(z.object({ sku: z.string(), requested: z.int(), available: z.int() }))
      .optional()
      .openapi({ description: "What was short, when it was rejected." }),
    orderToken: z.string().optional().openapi({ description: "The guest's way to this order." }),
  })
  .openapi("Order");

export type OrderJson = z.output<typeof orderSchema>;

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
