import { inTransaction } from "../db/transaction.ts";
import { type Close, closeOrders, expireHolds } from "../orders/close-orders.ts";
import { follow, inBatches } from "../orders/in-batches.ts";
import { findLeftOpen } from "../orders/paying/look-at-payments.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { paymentQueue } from "../queues/payment.ts";
import { cancelIntent, retryIfOpen } from "./cancel-intent.ts";
import { settleBreak } from "./comparison/settle-break.ts";
import { startPayment } from "./start-payment.ts";
import { startRefund } from "./start-refund.ts";
import { type StripeMeans, syncs } from "./sync.ts";

/** A bucket may hold this many pages of 100 orders; the sweeper takes what is beyond. */
const mostPages = 1_000;

/** Stripe's writes: starts payments and refunds, closes orders whose hold or whose wish is over. */
export function paymentHandlers(means: StripeMeans): Handlers<typeof paymentQueue> {
  const { db, settings } = means;
  const sync = syncs(means);
  const start = startPayment(means);
  const refund = startRefund(means, sync);
  const { cancel } = cancelIntent(means);
  const claimClose = inBatches<string, Close | null>(means, async (trx, ids) => {
    const { closes, ...advanced } = await closeOrders(trx, settings, ids);
    return { results: closes, ...advanced };
  });

  return {
    start_payment: ({ id }, { signal }) => start(id, signal),

    // The clock rang, or somebody wants out. Stripe decides the race: what it has cancelled
    // can no longer be paid.
    async close_order({ id }, { signal }) {
      const close = await claimClose(id);
      if (close === null) return "not due, or ended without Stripe";
      signal.throwIfAborted();
      return retryIfOpen(await cancel(close.cancel, close.observedAt));
    },

    // Stripe could not be asked while its order's stock was held: the door is shut now.
    async cancel_payment({ id }, { signal }) {
      const left = await findLeftOpen(db, id);
      if (left === null) return "not open, or its order can be paid";
      signal.throwIfAborted();
      return retryIfOpen(await cancel(left, left.observedAt));
    },

    start_refund: ({ id }, { signal }) => refund(id, signal),

    settle_break: settleBreak({ ...means, syncs: sync }),

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
