import { z } from "zod";
import { chance } from "../chance.ts";
import type { StripeWorld } from "./world.ts";

const probability = z.number().min(0).max(1).default(0);
/** Long enough to come after everything else of a test, short enough to wait for. */
const MAX_DELAY_MS = 60_000;
const delay = z.int().min(0).max(MAX_DELAY_MS);

/** What goes wrong between Stripe and the webhook endpoint, and how often; nothing by default. */
export const troubleShape = z.strictObject({
  seed: z.int().default(1),
  drop: probability,
  lose: probability,
  duplicate: probability,
  reorder: probability,
  delayMs: z
    .tuple([delay, delay])
    .refine(([least, most]) => least <= most, "the least comes first")
    .default([0, 0]),
  types: z.array(z.string()).optional(),
});

export type Trouble = z.output<typeof troubleShape> & {
  id: "trouble";
  /** How many deliveries have met it, so that each has its own place in the seed's sequence. */
  met: number;
};

/** What one delivery's way will be; an empty one is straight. */
export type Fate = {
  /** Not delivered, and listed so. */
  dropped?: true;
  /** Not delivered, though Stripe believes it was. */
  lost?: true;
  /** Delivered twice: both at once, or the second after the first was taken. */
  duplicated?: "at_once" | "after";
  /** Delivered after the next one. */
  reordered?: true;
  delayMs?: number;
};

/** Decides the fate of a delivery when its event happens, and writes down that it was decided. */
export function meetFate({ books }: StripeWorld, type: string): Fate | undefined {
  const { loseNext } = books.switches;
  if (loseNext > 0) {
    books.turn({ loseNext: loseNext - 1 });
    return { lost: true };
  }
  const trouble = books.troubles.get("trouble");
  if (trouble === undefined || !isMeant(trouble.types, type)) return undefined;
  books.troubles.put({ ...trouble, met: trouble.met + 1 });
  return fateOf(trouble);
}

function fateOf(trouble: Trouble): Fate {
  const { seed, met } = trouble;
  const strikes = (name: "drop" | "lose" | "duplicate" | "reorder") =>
    chance(seed, met, name) < trouble[name];
  if (strikes("drop")) return { dropped: true };
  if (strikes("lose")) return { lost: true };
  const [least, most] = trouble.delayMs;
  const delayMs = least + Math.floor(chance(seed, met, "delay") * (most - least + 1));
  const together = chance(seed, met, "together") < 0.5;
  return {
    ...(strikes("duplicate") ? { duplicated: together ? "at_once" : "after" } : {}),
    ...(strikes("reorder") ? { reordered: true } : {}),
    ...(delayMs > 0 ? { delayMs } : {}),
  };
}

/** Types by name or by family, such as `refund.*`. */
function isMeant(types: readonly string[] | undefined, type: string): boolean {
  if (types === undefined) return true;
  return types.some((name) =>
    name.endsWith("*") ? type.startsWith(name.slice(0, -1)) : name === type,
  );
}
