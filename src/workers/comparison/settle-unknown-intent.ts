import { sql } from "kysely";
import { nowAsText } from "../../db/clock.ts";
import { inTransaction } from "../../db/transaction.ts";
import type { Advanced } from "../../orders/advance.ts";
import { adoptIntent } from "../../orders/paying/adopt-intent.ts";
import { applyIntents } from "../../orders/paying/apply-intent.ts";
import { type BookedIntent, lookUpIntents } from "../../orders/paying/look-up-intents.ts";
import { isSpent } from "../../payments/compare-intent.ts";
import type { Intent } from "../../payments/intent.ts";
import type { BooksMeans } from "./comparing.ts";
import { giveBack, settledBy } from "./give-back.ts";
import type { Settled } from "./settle-difference.ts";

type Outcome = { settled: Settled } & Partial<Advanced>;

/**
 * Settles an intent that bears our stamp and that no payment of ours has: after a database was
 * restored to an earlier moment, or when the answer to a creation was lost for good.
 *
 * One that could still be paid is cancelled: nobody has its secret from us. Its money, where it
 * has some, is taken into the order that it names, and goes back where we know no such order.
 */
export async function settleUnknownIntent(
  means: BooksMeans,
  intentId: string,
  round: number,
): Promise<Outcome> {
  const { db, gateway, ownership } = means;
  const { rows } = await sql<{ at: string }>`SELECT ${nowAsText} AS at`.execute(db);
  const observedAt = rows[0]?.at ?? "";
  let intent = await gateway.readIntent(intentId);
  if (intent.installation !== ownership.installation || intent.livemode !== ownership.livemode) {
    return waits("It bears the stamp of another installation, and is left alone.");
  }
  const [booked] = (await lookUpIntents(db, [intent])).booked;
  const applied = await applyToItsPayment(means, intent, booked, observedAt);
  if (applied) return applied;
  if (isOpen(intent)) {
    // The key is named for the intent: under its payment's name another one may be cancelled.
    const wanted = { intentId, paymentId: intentId, tryNumber: round + 1 };
    intent = await gateway.cancelIntent(wanted);
  }
  if (intent.status === "cancelled") return { settled: { outcome: "cancelled" } };
  if (intent.status !== "captured") return waits(`Stripe still says ${intent.status}.`);
  const orderId = booked?.stampedOrderId;
  if (!orderId) return { settled: await giveBack(means, intent, round) };
  if (isSpent(intent)) return { settled: settledBy(intent, await gateway.refundsOf(intentId)) };
  const { settings } = means;
  const advanced = await inTransaction(db, (trx) =>
    adoptIntent(trx, settings, ownership, { intent, orderId, observedAt }),
  );
  return { settled: { outcome: "adopted" }, ...advanced };
}

function waits(reason: string): Outcome {
  return { settled: { outcome: null, reason } };
}

function isOpen({ status }: Intent): boolean {
  return status === "needs_payment" || status === "needs_action";
}

/** The payment that the stamp names has no intent yet: the door decides whether it is this one. */
async function applyToItsPayment(
  { db, settings, ownership }: BooksMeans,
  intent: Intent,
  booked: BookedIntent | undefined,
  observedAt: string,
): Promise<Outcome | null> {
  const { stamped } = booked ?? {};
  if (!stamped || stamped.intentId !== null) return null;
  const observation = { paymentId: stamped.paymentId, intent, observedAt };
  const { applied, ...advanced } = await inTransaction(db, (trx) =>
    applyIntents(trx, settings, ownership, [observation]),
  );
  if (applied[0]?.intentId !== intent.id) return null;
  return { settled: { outcome: "adopted" }, ...advanced };
}
