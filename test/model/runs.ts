import type { Parameters } from "fast-check";
import { dice } from "../support/dice.ts";

/** Set by npm run test:full. */
export const isFull = process.env["AURORA_TEST_FULL"] === "1";

const replay = process.env["AURORA_MODEL_REPLAY"] ?? "";
export const isReplay = replay !== "";

/**
 * fast-check's parameters for so many runs, with their seed on record: also what went well can be
 * played again. A failure names its `seed` and its `path`; AURORA_MODEL_REPLAY="<seed> <path>"
 * plays the shrunk run of them again, and only that.
 */
export function runs<Played>(numRuns: number): Parameters<Played> {
  const [known, path] = replay.split(" ");
  const seed = known ? Number(known) : dice().seed;
  console.log(`fast-check's seed: ${seed}`);
  if (!known) return { numRuns, seed };
  return { numRuns, seed, ...(path && { path }), endOnFailure: true };
}
