import { codeOf, reasonOf } from "../../errors.ts";
import {
  type Comparison,
  comparedLists,
  isComparison,
  type ListSpan,
  moveComparison,
  spansOf,
} from "../../orders/comparison/comparison-cursors.ts";
import type { BookedKind } from "../../orders/comparison/list-booked.ts";
import { compareIntents } from "./compare-intents.ts";
import { compareMoneyBack, compareOldRefunds } from "./compare-money-back.ts";
import type { BooksMeans, Comparing } from "./comparing.ts";
import { lookForUnlisted } from "./look-for-unlisted.ts";

/**
 * Compares Stripe's lists with our books, in both directions: what each side has that the other
 * has not, and what both have differently. Behind the webhooks and the list of events it finds
 * whatever they missed.
 *
 * What needs no write at Stripe is settled at once, through the one door; the rest is left to
 * `settle_break`. Every difference leaves a row. A list that can't be read is no reason not to
 * compare the others, nor to start over with them: it is on record, and has its turn next time.
 */
export function compareBooks(means: BooksMeans) {
  const { db, settings, log } = means;
  return async (
    { id: name }: { id: string },
    { signal }: { signal: AbortSignal },
  ): Promise<string | undefined> => {
    if (!isComparison(name)) return `${name} is no comparison`;
    const startedAt = performance.now();
    const { at, spans } = await spansOf(db, settings, name);
    const nothing = { intents: 0, refunds: 0, disputes: 0, foreign: 0, breaks: 0 };
    const found = { ...nothing, fees: 0, unread: 0 };
    const reached = new Map<BookedKind, Date>();
    const failures = new Map<BookedKind, string>();
    for (const kind of comparedLists) {
      const span = spans.get(kind) as ListSpan;
      const comparing = { ...means, span, signal, at, seen: new Set<string>(), found };
      const failure = await failureOf(() => compareList(comparing, kind, name), signal);
      reached.set(kind, failure ? span.reached : span.until);
      if (failure) failures.set(kind, failure);
    }
    const seconds = Math.round(performance.now() - startedAt) / 1_000;
    const { since, until } = spans.get("intents") as ListSpan;
    const findings = { ...found, since, until, seconds };
    await moveComparison(db, settings, name, { reached, failures, findings });
    const compared = { kind: name, count: found.breaks, seconds };
    const reason = [...failures].map((failure) => failure.join(": ")).join(", ");
    if (reason === "") log.info("books_compared", compared);
    else log.warn("books_compared", { ...compared, reason });
    return undefined;
  };
}

async function compareList(
  comparing: Comparing & { span: ListSpan },
  kind: BookedKind,
  name: Comparison,
): Promise<void> {
  if (kind === "intents") await compareIntents(comparing);
  else await compareMoneyBack(comparing, kind);
  if (kind === "refunds" && name === "nightly_comparison") {
    await compareOldRefunds(comparing, comparing.span.reached);
  }
  await lookForUnlisted(comparing, kind);
}

/** Why something failed, or null. One that was told to stop is no failure. */
async function failureOf(act: () => Promise<void>, signal: AbortSignal): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return `${codeOf(error)}: ${reasonOf(error)}`;
  }
}
