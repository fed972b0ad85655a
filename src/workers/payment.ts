import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { inTransaction } from "../db/transaction.ts";
import { codeOf, Refused, reasonOf, Unavailable } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Applied, intentDoor, type Ownership } from "../orders/apply-intent.ts";
import { type Close, closeOrders, expireHolds } from "../orders/close-orders.ts";
import { follow, inBatches, inStatements } from "../orders/in-batches.ts";
import {
  claimStarts,
  type FailedStart,
  failStarts,
  raiseCreateTries,
  type Start,
} from "../orders/start-payments.ts";
import type { IntentToCancel, NewIntent, PaymentGateway } from "../payments/gateway.ts";
import type { Intent } from "../payments/intent.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { Hints } from "../queues/hints.ts";
import type { paymentQueue } from "../queues/payment.ts";

type Means = {
  db: Db;
  hints: Hints;
  log: Log;
  settings: Settings;
  gateway: PaymentGateway;
  ownership: Ownership;
};

/** A bucket may hold this many pages of 100 orders; the sweeper takes what is beyond. */
const mostPages = 1_000;

/** Stripe's writes: starts payments, and closes orders whose hold or whose wish is over. */
export function paymentHandlers(means: Means): Handlers<typeof paymentQueue> {
  const { db, settings } = means;
  const { claimStart, raiseTry, failStart, claimClose, create, apply, cancel } = stepsOf(means);
  return {
    async start_payment({ id }, { signal }) {
      const start = await claimStart(id);
      if (start.todo === "nothing") return start.because;
      signal.throwIfAborted();
      if (start.todo === "cancel") {
        return decided(await cancel(start.cancel, start.observedAt));
      }
      const { wanted, observedAt } = start;
      const intent = await create(wanted).catch(async (error) => {
        if (codeOf(error) === "stripe_key_spent") await raiseTry(id);
        if (error instanceof Refused) await failStart({ paymentId: id, reason: reasonOf(error) });
        throw error;
      });
      const applied = await apply({ paymentId: id, intent, observedAt });
      // The order ended while Stripe was asked: nobody got the secret, nobody will.
      if (applied?.status === "created" && applied.ours) {
        const { tryNumber } = wanted;
        return decided(await cancel({ intentId: intent.id, paymentId: id, tryNumber }, observedAt));
      }
      return undefined;
    },

    // The clock rang, or somebody wants out. Stripe decides the race: what it has cancelled
    // can no longer be paid.
    async close_order({ id }, { signal }) {
      const close = await claimClose(id);
      if (close === null) return "not due, or ended without Stripe";
      signal.throwIfAborted();
      return decided(await cancel(close.cancel, close.observedAt));
    },

    async expire() {
      for (let page = 0; page < mostPages; page++) {
        const { more, ...advanced } = await inTransaction(db, (trx) => expireHolds(trx, settings));
        follow(means, advanced);
        if (!more) break;
      }
      return undefined;
    },
  };
}

/** A payment that is still open after its cancel was asked for is asked again later. */
function decided(applied: Applied | null): undefined {
  const { status } = applied ?? {};
  if (status === "created" || status === "pending" || status === "action_required") {
    throw new Unavailable("payment_undecided", `Stripe still says ${status}.`);
  }
}

/** The steps of which the jobs are made: each meets either the database or Stripe. */
function stepsOf(means: Means) {
  const { settings, gateway } = means;
  const apply = intentDoor(means);
  return {
    apply,
    claimStart: inStatements<string, Start>(means, async (db, ids) => ({
      results: await claimStarts(db, ids),
    })),
    raiseTry: inStatements<string, void>(means, async (db, ids) => {
      await raiseCreateTries(db, ids);
      return { results: ids.map(() => undefined) };
    }),
    failStart: inBatches<FailedStart, void>(means, async (trx, failures) => {
      await failStarts(trx, failures);
      return { results: failures.map(() => undefined) };
    }),
    claimClose: inBatches<string, Close | null>(means, async (trx, ids) => {
      const { closes, ...advanced } = await closeOrders(trx, settings, ids);
      return { results: closes, ...advanced };
    }),
    async create(wanted: NewIntent): Promise<Intent> {
      const { intent, replayed } = await gateway.createIntent(wanted);
      // A repeated answer is as old as its first sending: only its id and secret are good.
      return replayed ? await gateway.readIntent(intent.id) : intent;
    },
    async cancel(wanted: IntentToCancel, observedAt: string): Promise<Applied | null> {
      const intent = await gateway.cancelIntent(wanted);
      return await apply({ paymentId: wanted.paymentId, intent, observedAt });
    },
  };
}
