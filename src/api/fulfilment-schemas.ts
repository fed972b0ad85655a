import { z } from "@hono/zod-openapi";
import { lines } from "./order-requests.ts";
import { line, quantity, sku } from "./schemas.ts";

/** Real orders have had 592 lines. */
const mostLines = 1_000;

const trackingUrl = z
  .url({ protocol: /^https$/, error: "Must be a web address that begins with https." })
  .max(2_000, "Must have at most 2000 characters.")
  .regex(/^[!-~]+$/, "Must be printable ASCII without blanks.")
  .openapi({ example: "https://track.example/RM123456789GB" });

export const newShipment = z
  .strictObject({
    lines: lines.optional().openapi({ description: "Left out: all that is left to ship." }),
    carrier: line(100).openapi({ example: "Royal Mail" }),
    trackingNumber: line(100).optional().openapi({ example: "RM123456789GB" }),
    trackingUrl: trackingUrl.optional(),
  })
  .openapi("NewShipment", {
    example: { carrier: "Royal Mail", trackingNumber: "RM123456789GB" },
  });

export const newReturn = z
  .strictObject({
    lines: z
      .array(
        z.strictObject({
          sku,
          quantity,
          restock: z
            .boolean("Must be true or false.")
            .openapi({ description: "They are for sale again: false for what is damaged, say." }),
        }),
        "Must be a list of lines.",
      )
      .min(1, "Must have at least one line.")
      .max(mostLines, `Must have at most ${mostLines} lines.`),
    refund: z
      .enum(["full", "none"], "Must be full or none.")
      .openapi({ description: "full: what these goods are worth, as far as it did not go back." }),
    note: line(500).optional().openapi({ description: "For the shop; customers don't see it." }),
  })
  .openapi("NewReturn", {
    example: { lines: [{ sku: "MUG-BLUE", quantity: 1, restock: true }], refund: "full" },
  });

const goods = z.object({ sku: z.string(), quantity: z.int() });

export const shipmentSchema = z
  .object({
    id: z.uuid(),
    carrier: z.string().openapi({ example: "Royal Mail" }),
    trackingNumber: z.string().nullable(),
    trackingUrl: z.string().nullable(),
    lines: z.array(goods),
    shippedAt: z.iso.datetime(),
  })
  .openapi("Shipment");

export const returnSchema = z
  .object({
    id: z.uuid(),
    lines: z.array(goods.extend({ restock: z.boolean() })),
    refundId: z.uuid().nullable().optional().openapi({ description: "With a secret key." }),
    note: z.string().nullable().optional().openapi({ description: "With a secret key." }),
    returnedAt: z.iso.datetime(),
  })
  .openapi("Return");

export type ShipmentJson = z.output<typeof shipmentSchema>;
export type ReturnJson = z.output<typeof returnSchema>;
