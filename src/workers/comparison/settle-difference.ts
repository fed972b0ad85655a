import { codeOf, OutcomeUnknown, reasonOf, Unavailable } from "../../errors.ts";
import { lookUpIntents } from "../../orders/paying/look-up-intents.ts";
import type { BreakOutcome } from "../../payments/breaks.ts";
import { type Booked, differencesOf } from "../../payments/compare-intent.ts";
import type { PaymentReads } from "../../payments/gateway.ts";
import type { Intent } from "../../payments/intent.ts";
import type { BooksMeans } from "./comparing.ts";

/** What came of a break: settled by something, or still open for a reason. */
export type Settled = { outcome: BreakOutcome } | { outcome: null; reason: string };

type Means = Pick<BooksMeans, "db" | "syncs"> & { gateway: Pick<PaymentReads, "readIntent"> };

/**
 * Brings a payment in line with its intent, in those respects in which the two differ, and looks
 * whether that helped.
 */
export async function settleDifference(
  { db, syncs, gateway }: Means,
  intent: Intent,
  booked: Booked & { paymentId: string | null },
): Promise<{ settled: Settled; theirs: Intent }> {
  const { paymentId } = booked;
  if (paymentId === null)
    throw new Error(`${intent.id} is no payment's: nothing to bring in line.`);
  const failure = await attempt(async () => {
    for (const what of differencesOf(intent, booked)) await syncs[what](paymentId);
  });
  const theirs = await gateway.readIntent(intent.id);
  const [now] = (await lookUpIntents(db, [theirs])).booked;
  const left = now ? differencesOf(theirs, now) : [];
  if (left.length === 0) return { settled: { outcome: "applied" }, theirs };
  const reason = failure ?? `Still different after reading Stripe again: ${left.join(", ")}.`;
  return { settled: { outcome: null, reason }, theirs };
}

/** One object's own trouble must not keep the others from being compared; an outage does. */
export async function attempt(act: () => Promise<unknown>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (error instanceof Unavailable || error instanceof OutcomeUnknown) throw error;
    return reasonOf(error);
  }
}

/**
 * Leaves to `settle_break` what can't be settled at this moment, whatever the reason: a comparison
 * that started over because of one object would read all its pages again, and get no further.
 */
export async function orLater<Result>(
  act: () => Promise<Result>,
  later: (reason: string, error: unknown) => Result,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    return later(`${codeOf(error)}: ${reasonOf(error)}`, error);
  }
}
