import { codeOf, Refused, reasonOf } from "../errors.ts";
import { inBatches, inStatements } from "../orders/in-batches.ts";
import { type FailedRefund, failRefunds } from "../orders/refunds/fail-refunds.ts";
import { claimRefunds, type RefundStart, renewRefund } from "../orders/refunds/start-refunds.ts";
import { type StripeMeans, type Syncs, syncs } from "./sync.ts";

type Started = Extract<RefundStart, { todo: "create" }>;

/** Stripe only repeats its answer to the old one. */
const needsNewKey = ["stripe_key_spent", "stripe_balance_insufficient"];

/**
 * Asks Stripe for a refund that stands on record, under the key of its intention. What Stripe then
 * lists for the payment is applied: its answer alone may be an old one that it repeats.
 */
export function startRefund(
  means: StripeMeans,
  sync: Syncs = syncs(means),
): (refundId: string, signal: AbortSignal) => Promise<string | undefined> {
  const { db, gateway, settings } = means;
  const claim = inStatements<string, RefundStart>(means, async (db, ids) => ({
    results: await claimRefunds(db, ids),
  }));
  const fail = inBatches<FailedRefund, void>(means, async (trx, failures) => ({
    results: failures.map(() => undefined),
    ...(await failRefunds(trx, settings, failures)),
  }));

  /** Looks whether Stripe has it; if not, it goes under a new key. Null when there is no need. */
  async function lookFirst(refundId: string, { paymentId, tryNumber }: Started) {
    await sync.refunds(paymentId);
    return await renewRefund(db, refundId, tryNumber);
  }

  return async (refundId, signal) => {
    const start = await claim(refundId);
    if (start.todo === "nothing") return start.because;
    const { paymentId, isOld } = start;
    const wanted = isOld ? await lookFirst(refundId, start) : start.wanted;
    if (wanted === null) return "Stripe has it already";
    signal.throwIfAborted();
    try {
      await gateway.createRefund(wanted);
    } catch (error) {
      if (needsNewKey.includes(codeOf(error))) await lookFirst(refundId, start);
      if (!(error instanceof Refused)) throw error;
      // Refused may mean that the money went back another way: the look says so.
      await sync.refunds(paymentId);
      await fail({ refundId, reason: reasonOf(error) });
      return reasonOf(error);
    }
    await sync.refunds(paymentId);
    return undefined;
  };
}
