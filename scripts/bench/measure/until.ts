import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again, until it is so or the time is over. */
export async function until(
  what: string,
  { withinMs, pauseMs }: { withinMs: number; pauseMs: number },
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      throw new Error(`Waited ${withinMs / 1_000} s for ${what}: look into the logs.`);
    }
    await delay(pauseMs);
  }
}
