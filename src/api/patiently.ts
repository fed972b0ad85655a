import { keyInUse } from "../db/idempotency.ts";
import { Unavailable } from "../errors.ts";

/** So long a request waits for its twin, and so often it looks whether that one is done. */
const patienceMilliseconds = 2_000;
const pauseMilliseconds = 75;

/**
 * Repeats a request whose idempotency key is at work elsewhere until that is done. It waits out
 * here, by itself: within a batch or a transaction it would keep others waiting.
 */
export async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + patienceMilliseconds;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const waits = error instanceof Unavailable && error.code === keyInUse;
      if (!waits) throw error;
      if (performance.now() > deadline) {
        throw new Unavailable("lock_timeout", "Another request is at work under this key.", error);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}
