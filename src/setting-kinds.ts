import { createPublicKey } from "node:crypto";
import { z } from "zod";

/** 32 bytes, in base64 or (as platforms generate them) in hex; handed on in base64. */
export const key32 = z
  .string()
  .transform((text) => Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64"))
  .refine((bytes) => bytes.length === 32, "needs 32 bytes in base64 or hex")
  .transform((bytes) => bytes.toString("base64"));

/** A number of seconds for each round of a long backoff; the last one repeats. */
export const backoff = (fallback: string) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/, "needs seconds joined by commas, such as 10,30,120")
    .default(fallback)
    .transform((text) => text.split(",").map(Number));

/** While a secret is exchanged, Stripe signs with the old one and the new one. */
export const signingSecrets = z
  .string()
  .transform((text) => text.split(",").map((secret) => secret.trim()))
  .pipe(z.array(z.string().regex(/^whsec_./, "needs secrets that begin with whsec_")));

/** Keys as SendGrid shows them: DER in base64. They are several while one is exchanged. */
export const verificationKeys = z
  .string()
  .transform((text) => text.split(",").map((key) => key.trim()))
  .pipe(z.array(z.string().refine(isPublicKey, "needs the verification key that SendGrid shows")));

function isPublicKey(text: string): boolean {
  try {
    createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
    return true;
  } catch {
    return false;
  }
}

/** Half a supplier is a mistake, not a wish to go without. */
export function allOrNone(...names: string[]) {
  return (settings: Record<string, unknown>, context: z.RefinementCtx): void => {
    const missing = names.filter((name) => settings[name] === undefined);
    if (missing.length === 0 || missing.length === names.length) return;
    for (const name of missing) {
      context.addIssue({ code: "custom", path: [name], message: `goes with ${names.join(", ")}` });
    }
  };
}

/** For how many hours a payment of each method may be on its way; `*` stands for all others. */
export const hoursByMethod = z
  .string()
  .regex(
    /^(\w+:\d+(\.\d+)?,)*\*:\d+(\.\d+)?$/,
    "needs hours by method with *: at the end, such as card:2,*:72",
  )
  .default("card:2,us_bank_account:120,bacs_debit:168,sepa_debit:336,customer_balance:336,*:72")
  .transform((text) => {
    const pairs = text.split(",").map((pair) => pair.split(":"));
    return Object.fromEntries(pairs.map(([method = "", hours]) => [method, Number(hours)]));
  });
