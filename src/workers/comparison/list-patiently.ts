import { setTimeout as delay } from "node:timers/promises";
import { NotYet } from "../../errors.ts";
import type { Span } from "../../payments/gateway.ts";

/** A walk may wait so long for its turns at Stripe, all in all. */
const patienceSeconds = 120;

/**
 * Walks one of Stripe's lists for a comparison, newest first. Where Stripe may not be asked so
 * fast, it waits for its turn and goes on at the oldest that it has seen, whatever is of that very
 * second once more: to start over would cost all pages again, and end at the next such turn.
 */
export async function* listPatiently<Item extends { createdAt: Date }>(
  list: (span: Span) => AsyncIterable<Item[]>,
  { since, until }: Span,
  signal: AbortSignal,
): AsyncIterable<Item[]> {
  let end = until;
  for (let waited = 0; ; ) {
    try {
      for await (const page of list({ since, until: end })) {
        const oldest = page.at(-1)?.createdAt.getTime() ?? Number.POSITIVE_INFINITY;
        end = new Date(Math.min(end.getTime(), oldest + 1_000));
        yield page;
      }
      return;
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      waited += error.retryAfterSeconds;
      if (waited > patienceSeconds) throw error;
      await delay(error.retryAfterSeconds * 1_000, undefined, { signal });
    }
  }
}
