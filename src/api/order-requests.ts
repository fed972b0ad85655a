import { z } from "@hono/zod-openapi";
import { locales } from "../notifications/locales/dictionaries.ts";
import { amountMinor, currency, line, quantity, sku } from "./schemas.ts";

/** What is asked of orders: each field says in words what fits. */

/** Real orders have had 592 lines. */
const mostLines = 1_000;
const mostAdjustments = 50;

export const email = z
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

export const address = z.strictObject({
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

export const lines = z
  .array(z.strictObject({ sku, quantity }), "Must be a list of lines.")
  .min(1, "Must have at least one line.")
  .max(mostLines, `Must have at most ${mostLines} lines.`);

const adjustments = z
  .array(adjustment, "Must be a list of adjustments.")
  .max(mostAdjustments, `Must have at most ${mostAdjustments} adjustments.`)
  .optional()
  .openapi({ description: "Only with a secret key." });

export const newOrder = z
  .strictObject({
    contact: contact.optional().openapi({ description: "A draft may do without one for now." }),
    shippingAddress: address.optional(),
    lines,
    adjustments,
    checkout: z
      .boolean("Must be true or false.")
      .default(true)
      .openapi({ description: "false makes a draft, which holds no stock until its checkout." }),
    customerRef: line(200)
      .optional()
      .openapi({
        description:
          "Your own name for the customer. It is erased with their contact, or as the order ends " +
          "without one.",
      }),
    currency: currency.optional().openapi({ description: "If given, it must be the shop's." }),
  })
  .refine(({ contact, checkout }) => contact || !checkout, {
    path: ["contact"],
    message: "Must be there, unless checkout is false.",
  })
  .refine(({ contact, shippingAddress }) => contact || !shippingAddress, {
    path: ["shippingAddress"],
    message: "Needs a contact beside it.",
  })
  .openapi("NewOrder", { example: exampleOrder });

export type NewOrder = z.output<typeof newOrder>;

/** Of a person, what is named is replaced; null takes it away. */
const contactPatch = z.strictObject({
  email: email.optional(),
  phone: contact.shape.phone.nullable(),
  name: contact.shape.name.nullable(),
  locale: contact.shape.locale.unwrap().optional(),
});

export const orderPatch = z
  .strictObject({
    contact: contactPatch.optional(),
    shippingAddress: address.nullable().optional(),
    lines: lines.optional(),
    adjustments,
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), {
    message: "Must name something to change: contact, shippingAddress, lines or adjustments.",
  })
  .openapi("OrderPatch", { example: { lines: [{ sku: "MUG-BLUE", quantity: 3 }] } });

export type OrderPatch = z.output<typeof orderPatch>;

export const cancelWish = z
  .strictObject({
    refund: z
      .enum(["full", "none"], "Must be full or none.")
      .optional()
      .openapi({ description: "Needed for a paid order, and only there." }),
    lines: lines.optional().openapi({
      description: "Only with a secret key: cancels so much of a paid order, if it is not shipped.",
    }),
  })
  .openapi("CancelWish", { example: { refund: "full" } });
