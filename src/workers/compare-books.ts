import { isComparison, moveComparison, spanOf } from "../orders/comparison-cursors.ts";
import type { BooksMeans, Comparing } from "./books.ts";
import { compareIntents } from "./compare-intents.ts";
import { compareMoneyBack } from "./compare-money-back.ts";
import { lookForUnlisted } from "./look-for-unlisted.ts";

/**
 * Compares Stripe's lists with our books, in both directions: what each side has that the other
 * has not, and what both have differently. Behind the webhooks and the list of events it finds
 * whatever they missed.
 *
 * What needs no write at Stripe is settled at once, through the one door; the rest is left to
 * `settle_break`. Every difference leaves a row.
 */
export function compareBooks(means: BooksMeans) {
  const { db, settings, log } = means;
  return async (
    { id: name }: { id: string },
    { signal }: { signal: AbortSignal },
  ): Promise<string | undefined> => {
    if (!isComparison(name)) return `${name} is no comparison`;
    const startedAt = performance.now();
    const { at, ...span } = await spanOf(db, settings, name);
    const seen = {
      intents: new Set<string>(),
      refunds: new Set<string>(),
      disputes: new Set<string>(),
    };
    const nothing = { intents: 0, refunds: 0, disputes: 0, foreign: 0, breaks: 0 };
    const found = { ...nothing, fees: 0, unread: 0 };
    const comparing: Comparing = { ...means, span, signal, at, seen, found };
    await compareIntents(comparing);
    await compareMoneyBack(comparing, "refunds");
    await compareMoneyBack(comparing, "disputes");
    await lookForUnlisted(comparing);

    const seconds = Math.round(performance.now() - startedAt) / 1_000;
    await moveComparison(db, settings, name, span.until, { ...found, ...span, seconds });
    const reason = Object.entries(found).map(([what, count]) => `${what} ${count}`);
    log.info("books_compared", {
      kind: name,
      count: found.breaks,
      reason: reason.join(", "),
      seconds,
    });
    return undefined;
  };
}
