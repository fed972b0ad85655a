import { commandLine } from "../command-line.ts";
import { usage } from "./usage.ts";

export const line = commandLine(usage);

export type Wishes = ReturnType<typeof readWishes>;

/** What is asked for on the command line. */
export function readWishes(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = line.parse({
    args,
    allowPositionals: true,
    options: {
      ...{ status: text, limit: text, code: text, "older-than": text, refund: text },
      ...{ reference: text, channel: text, "amount-minor": text, why: text, note: text },
      payment: text,
      ...{ as: text, reason: text, "if-match": text, key: text },
      ...{ "dry-run": flag, json: flag },
    },
  });
  const [command = "", ...rest] = positionals;
  return { command, rest, values };
}

/** A whole number of an option or an argument; null where it was left out. */
export function numberOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw line.misuse(`${name} is "${text}", and must be a whole number.`);
}
