import { setTimeout as delay } from "node:timers/promises";

const firstPauseMs = 5;
const longestPauseMs = 100;

/**
 * Waits until the probe answers something other than false, null or undefined, and
 * answers that. When the time is over it fails and says what it waited for and what
 * the probe said last.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    try {
      const answer = await probe();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() + pauseMs > deadline) break;
    await delay(pauseMs);
  }
  const ending = last instanceof Error ? `the last try failed: ${last.message}` : `last: ${last}`;
  throw new Error(`Waited ${timeoutMs} ms for ${what}; ${ending}`);
}
