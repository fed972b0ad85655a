import { z } from "@hono/zod-openapi";
import { isCurrency } from "../currencies.ts";
import { skuPattern } from "../inventory/sku.ts";

/** Parts of requests that several resources share. Each says in words what fits. */

const controlCharacter = /\p{Cc}/u;

/** One line of text that PostgreSQL can store and a mail header can carry. */
export const line = (longest: number) =>
  z
    .string("Must be a text.")
    .trim()
    .min(1, "Must not be empty.")
    .max(longest, `Must have at most ${longest} characters.`)
    .refine(
      (text) => !controlCharacter.test(text),
      "Must have no line breaks or control characters.",
    )
    .refine((text) => text.isWellFormed(), "Must be well-formed Unicode.");

export const sku = z
  .string("Must be a text.")
  .regex(skuPattern, "Must be 1 to 64 printable ASCII characters, with no blank at either end.")
  .openapi({ example: "85123A", description: "Kept as written, compared without case." });

const mostPerLine = 1_000_000;

export const quantity = z
  .int(`Must be a whole number from 1 to ${mostPerLine}.`)
  .min(1, "Must be at least 1.")
  .max(mostPerLine, `Must be at most ${mostPerLine}.`)
  .openapi({ example: 2 });

/** Stripe takes twelve digits of idr; what it takes of each currency is in currencies.ts. */
const mostMinor = 999_999_999_999;

export const amountMinor = (least: number) =>
  z
    .int("Must be a whole number of minor units, such as pence.")
    .min(least, `Must be at least ${least}.`)
    .max(mostMinor, `Must be at most ${mostMinor}.`);

export const currency = z
  .string("Must be a text.")
  .refine(isCurrency, "Must be a currency that Stripe charges in, in lower case, such as gbp.")
  .openapi({ example: "gbp" });

/** Headers of a POST that does something: repeated, it must not do it twice. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string("Send a key of 20 to 255 characters, such as a UUID.")
    .regex(/^[\x20-\x7e]{20,255}$/, "Must have 20 to 255 printable ASCII characters.")
    .openapi({
      example: "5f0c1f5e-7f0b-4f4e-9d86-2a5f0f1b8c11",
      description: "The same key with the same body does the work once, for seven days.",
    }),
});

export const preferHeader = z.string().optional().openapi({
  example: "wait=10",
  description: "RFC 7240. How many seconds to wait for the outcome, at most 20.",
});

const mostPerPage = 100;

/** How many to a page, and where the page begins. */
export const pageLimit = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, `Must be a whole number from 1 to ${mostPerPage}.`)
  .transform(Number)
  .refine((limit) => limit <= mostPerPage, `Must be at most ${mostPerPage}.`)
  .default(50)
  .openapi({ type: "integer", minimum: 1, maximum: mostPerPage, example: 50 });

export const cursor = (description: string) =>
  z.string().nullable().openapi({ description, example: null });

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: "/problems/invalid_body" }),
    title: z.string().openapi({ example: "The body does not fit" }),
    status: z.int().openapi({ example: 422 }),
    detail: z.string().openapi({ example: "lines[0].sku: Must be a text." }),
    errors: z
      .array(
        z.object({
          field: z.string().openapi({ example: "lines[0].sku" }),
          message: z.string().openapi({ example: "Must be a text." }),
        }),
      )
      .optional(),
    requestId: z.string(),
  })
  .openapi("Problem");
