import { codeOf } from "../errors.ts";
import type { Span } from "../payments/gateway.ts";

/**
 * Walks a list of Stripe's that may be longer than is read in one go: after an outage, or over
 * two busy days. Lists come newest first, so the walk goes on at the oldest that it has seen;
 * whatever is of that very second comes twice.
 */
export async function* walkWhole<Item extends { createdAt: Date }>(
  list: (span: Span) => AsyncIterable<Item[]>,
  { since, until }: Span,
): AsyncIterable<Item[]> {
  for (let end = until; ; ) {
    let oldest = end;
    try {
      for await (const page of list({ since, until: end })) {
        oldest = page.at(-1)?.createdAt ?? oldest;
        yield page;
      }
      return;
    } catch (error) {
      const next = new Date(oldest.getTime() + 1_000);
      if (codeOf(error) !== "too_many_objects" || next >= end) throw error;
      end = next;
    }
  }
}
