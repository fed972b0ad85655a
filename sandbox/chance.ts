import { createHash } from "node:crypto";

/**
 * A number from 0 up to 1 that the seed, the count and the question decide, and nothing else: a
 * run that asks in the same order is told the same again, after a restart too.
 */
export function chance(seed: number, nth: number, question: string): number {
  const digest = createHash("sha256").update(`${seed}/${nth}/${question}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
