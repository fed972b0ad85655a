import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../errors.ts";

/** So long is waited before each further try, in seconds. */
const pauses = [0.2, 0.5, 2];
/** What passes by itself; all else names its own time, or needs a person. */
const passing = ["stripe_unreachable", "stripe_lock_timeout"];

/**
 * Reads from Stripe a few times what would be dear to start over: a walk at its page 800. Whoever
 * asks for one thing only leaves that to the job's retries.
 */
export async function askAgain<Answer>(
  ask: () => Promise<Answer>,
  most = pauses.length,
): Promise<Answer> {
  for (const seconds of pauses.slice(0, most)) {
    try {
      return await ask();
    } catch (error) {
      if (!passing.includes(codeOf(error))) throw error;
      await delay(seconds * 1_000);
    }
  }
  return await ask();
}
