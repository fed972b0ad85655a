import { readFileSync } from "node:fs";
import { z } from "zod";
import { orderEvents, remarks } from "./orders/lifecycle.ts";

/** Whom a word to staff goes to: an address gets a mail, a number an SMS. */
const recipient = z.union(
  [z.email(), z.string().regex(/^\+[1-9]\d{6,14}$/)],
  "must be an e-mail address, or a telephone number in E.164 such as +447700900123",
);
const recipients = z.array(recipient, "must be a list of addresses and numbers").min(1);

const events = [...orderEvents, ...remarks] as const;

const rule = z.strictObject({
  event: z.enum(events, `must be one of ${events.join(", ")}`),
  /** The least total by currency, in minor units: an order in another currency does not count. */
  minimum: z
    .record(
      z.string().regex(/^[a-z]{3}$/),
      z.int("must be a whole number of minor units").min(0, "must not be negative"),
      "must be amounts by currency in small letters, such as gbp",
    )
    .optional(),
  /** One of the order's SKUs; `*` stands for any letters. */
  sku: z.string().min(1).optional(),
  to: recipients,
});

const schema = z.strictObject({
  rules: z.array(rule, "must be a list of rules").max(100).default([]),
  onCall: z
    .strictObject({ to: recipients, afterMinutes: z.number().positive().default(10) })
    .nullable()
    .default(null),
});

/** Of what staff is told, and whom. */
export type StaffRules = z.output<typeof schema>;

/** The setting: the rules as JSON, or the name of a file with them. */
export const staffRules = z.string().transform((text, context): StaffRules => {
  const { success, data, error } = schema.safeParse(read(text, context));
  if (success) return data;
  for (const { path, message } of error.issues) {
    const field = path.map(String).join(".");
    context.addIssue({ code: "custom", message: field === "" ? message : `${field}: ${message}` });
  }
  return z.NEVER;
});

function read(text: string, context: z.RefinementCtx): unknown {
  const isJson = text.trim().startsWith("{");
  try {
    return JSON.parse(isJson ? text : readFileSync(text, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.addIssue({
      code: "custom",
      message: `needs JSON, or the name of a file with JSON: ${why}`,
    });
    return { rules: [] };
  }
}
