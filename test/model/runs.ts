import type { Parameters } from "fast-check";

/** Set by npm run test:full. */
export const isFull = process.env["AURORA_TEST_FULL"] === "1";

const replay = process.env["AURORA_MODEL_REPLAY"] ?? "";
export const isReplay = replay !== "";

/**
 * fast-check's parameters for so many runs. A failure names its `seed` and its `path`;
 * AURORA_MODEL_REPLAY="<seed> <path>" plays the shrunk run of them again, and only that.
 */
export function runs<Played>(numRuns: number): Parameters<Played> {
  const [seed, path] = replay.split(" ");
  if (!seed) return { numRuns };
  return { numRuns, seed: Number(seed), ...(path && { path }), endOnFailure: true };
}
