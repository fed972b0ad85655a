import { inTransaction } from "../../db/transaction.ts";
import { intentDoor } from "../../orders/paying/apply-intent.ts";
import { feeMovement } from "../../orders/paying/capture-movements.ts";
import { type BookedIntent, lookUpIntents } from "../../orders/paying/look-up-intents.ts";
import { lockForPayments } from "../../orders/paying/payment-rows.ts";
import { differencesOf, factsOf, isSpent } from "../../payments/compare-intent.ts";
import type { Intent } from "../../payments/intent.ts";
import { bookLocked } from "../../payments/ledger.ts";
import { type Comparing, note } from "./comparing.ts";
import { listPatiently } from "./list-patiently.ts";
import { orLater, settleDifference } from "./settle-difference.ts";

type Pair = { intent: Intent; booked: BookedIntent };

/** Compares Stripe's intents with our payments, page by page. */
export async function compareIntents(comparing: Comparing): Promise<void> {
  const { db, gateway, ownership, span, signal, seen, found } = comparing;
  const apply = intentDoor(comparing);
  for await (const page of listPatiently(gateway.listIntents, span, signal)) {
    signal.throwIfAborted();
    for (const { id } of page) seen.add(id);
    found.intents += page.length;
    const ours = page.filter(
      ({ installation, livemode }) =>
        installation === ownership.installation && livemode === ownership.livemode,
    );
    found.foreign += page.length - ours.length;
    if (ours.length === 0) continue;

    const observedAt = comparing.at;
    const { booked, at } = await lookUpIntents(db, ours);
    const byId = new Map(booked.map((each) => [each.intentId, each]));
    const pairs = ours.flatMap((intent): Pair[] => {
      const each = byId.get(intent.id);
      return each ? [{ intent, booked: each }] : [];
    });
    await bookFees(comparing, pairs);
    for (const pair of pairs) {
      const { intent, booked: each } = pair;
      if (each.paymentId === null) continue;
      if (differencesOf(intent, each).length > 0) await meetKnown(comparing, pair);
    }
    const unknown = pairs.filter(
      ({ intent, booked: each }) => each.paymentId === null && !isSpent(intent),
    );
    await meetUnknown(comparing, apply, unknown, observedAt);
    // The next page is asked for after this moment.
    comparing.at = at;
  }
}

/**
 * Stripe may tell of a fee only after the capture, and nothing else makes us look again. But if
 * something does at this moment, it books the same: hence the locks.
 */
async function bookFees(comparing: Comparing, pairs: readonly Pair[]): Promise<void> {
  const movements = pairs.flatMap(({ intent: { fee }, booked }) => {
    const { paymentId, orderId, status, feeBooked } = booked;
    if (fee === null || paymentId === null || status !== "captured" || feeBooked) return [];
    return [feeMovement({ orderId, paymentId }, fee)];
  });
  if (movements.length === 0) return;
  const paymentIds = movements.flatMap(({ paymentId }) => paymentId ?? []);
  await inTransaction(comparing.db, async (trx) => {
    await lockForPayments(trx, paymentIds);
    await bookLocked(trx, movements);
  });
  comparing.found.fees += movements.length;
}

async function meetKnown(comparing: Comparing, { intent, booked }: Pair): Promise<void> {
  const difference = await orLater(
    async () => {
      if (await agreeNow(comparing, intent)) return null;
      return await settleDifference(comparing, intent, booked);
    },
    (reason) => ({ settled: { outcome: null, reason }, theirs: intent }),
  );
  if (difference === null) return;
  const { settled, theirs } = difference;
  const { paymentId, orderId, status, capturedMinor, refundedMinor, disputed } = booked;
  await note(comparing, {
    objectId: intent.id,
    fault: "differs",
    orderId,
    paymentId,
    ours: { status, capturedMinor, refundedMinor, disputed },
    theirs: factsOf(theirs),
    ...settled,
  });
}

/** Stripe's page is older than our look-up: what happened in between is no difference. */
async function agreeNow({ db, gateway }: Comparing, { id }: Intent): Promise<boolean> {
  const intent = await gateway.readIntent(id);
  const [booked] = (await lookUpIntents(db, [intent])).booked;
  return booked !== undefined && differencesOf(intent, booked).length === 0;
}

/**
 * Intents that bear our stamp and are no payment's. Where the payment that one names has none
 * yet, the answer to its creation was lost: the door takes it. All else needs Stripe.
 */
async function meetUnknown(
  comparing: Comparing,
  apply: ReturnType<typeof intentDoor>,
  pairs: readonly Pair[],
  observedAt: string,
): Promise<void> {
  // Of several for one payment the door takes one; let it be the one that has the money.
  const taken = new Set<string>();
  for (const { intent, booked } of pairs.toSorted(paidFirst)) {
    const { stamped, stampedOrderId } = booked;
    const paymentId = stamped?.paymentId ?? null;
    const fits = paymentId !== null && stamped?.intentId === null && !taken.has(paymentId);
    const observation = { paymentId: paymentId ?? "", intent, observedAt };
    const applied = fits
      ? await orLater(
          () => apply(observation),
          () => null,
        )
      : null;
    const adopted = applied?.intentId === intent.id;
    if (adopted) taken.add(applied.paymentId);
    await note(comparing, {
      objectId: intent.id,
      fault: "unknown_here",
      orderId: stampedOrderId,
      paymentId,
      ours: stamped && { status: stamped.status, intentId: stamped.intentId },
      theirs: factsOf(intent),
      ...(adopted
        ? { outcome: "adopted" }
        : { outcome: null, reason: "An intent with our stamp that no payment of ours has." }),
    });
  }
}

function paidFirst(one: Pair, other: Pair): number {
  return other.intent.capturedMinor - one.intent.capturedMinor;
}
