import { codeOf, Refused, reasonOf } from "../errors.ts";
import { inBatches, inStatements } from "../orders/in-batches.ts";
import {
  claimStarts,
  type FailedStart,
  failStarts,
  raiseCreateTries,
  type Start,
} from "../orders/paying/start-payments.ts";
import type { NewIntent } from "../payments/gateway.ts";
import type { Intent } from "../payments/intent.ts";
import { cancelIntent, retryIfOpen } from "./cancel-intent.ts";
import type { StripeMeans } from "./sync.ts";

/** An intent may have been made a little before our own clock's moment of asking. */
const marginMilliseconds = 5 * 60_000;

/**
 * Makes the intent of a payment that was opened, under the payment's own key, and cancels it again
 * where the order ended meanwhile: nobody got the secret, nobody will.
 */
export function startPayment(
  means: StripeMeans,
): (paymentId: string, signal: AbortSignal) => Promise<string | undefined> {
  const { gateway } = means;
  const { apply, cancel } = cancelIntent(means);
  const claim = inStatements<string, Start>(means, async (db, ids) => ({
    results: await claimStarts(db, ids),
  }));
  const raiseTry = inStatements<string, void>(means, async (db, ids) => {
    await raiseCreateTries(db, ids);
    return { results: ids.map(() => undefined) };
  });
  const fail = inBatches<FailedStart, void>(means, async (trx, failures) => {
    await failStarts(trx, failures);
    return { results: failures.map(() => undefined) };
  });

  async function create(wanted: NewIntent): Promise<Intent> {
    const { paymentId } = wanted;
    try {
      const { intent, replayed } = await gateway.createIntent(wanted);
      // A repeated answer is as old as its first sending: only its id and secret are good.
      return replayed ? await gateway.readIntent(intent.id) : intent;
    } catch (error) {
      if (codeOf(error) === "stripe_key_spent") await raiseTry(paymentId);
      if (error instanceof Refused) await fail({ paymentId, reason: reasonOf(error) });
      throw error;
    }
  }

  /** The key is so old that Stripe may have forgotten it: what it made is looked for first. */
  async function findOrCreate(wanted: NewIntent, askedSince: Date): Promise<Intent> {
    const since = new Date(askedSince.getTime() - marginMilliseconds);
    const until = new Date(Date.now() + marginMilliseconds);
    const found = await gateway.findIntent(wanted.paymentId, { since, until });
    if (found) return found;
    await raiseTry(wanted.paymentId);
    return await create({ ...wanted, tryNumber: wanted.tryNumber + 1 });
  }

  return async (paymentId, signal) => {
    const start = await claim(paymentId);
    if (start.todo === "nothing") return start.because;
    signal.throwIfAborted();
    const { observedAt } = start;
    if (start.todo === "cancel") return retryIfOpen(await cancel(start.cancel, observedAt));
    const { wanted, askedSince } = start;
    const intent = askedSince ? await findOrCreate(wanted, askedSince) : await create(wanted);
    const applied = await apply({ paymentId, intent, observedAt });
    if (applied?.status === "created" && applied.ours) {
      const { cancelTry: tryNumber } = start;
      return retryIfOpen(await cancel({ intentId: intent.id, paymentId, tryNumber }, observedAt));
    }
    return undefined;
  };
}
