import { Unavailable } from "../errors.ts";
import { inStatements } from "../orders/in-batches.ts";
import { paymentOf } from "../orders/paying/look-at-payments.ts";
import { parkEvent, whyGivenUp } from "../orders/paying/park-events.ts";
import { type MatchedEvent, matchEvents } from "../orders/paying/sync-payments.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { statusQueue } from "../queues/status.ts";
import { compareBooks } from "./comparison/compare-books.ts";
import { pollEvents } from "./poll-events.ts";
import { type StripeMeans, syncs } from "./sync.ts";

/** Stripe's reads, and what follows from them for payments, refunds and disputes. */
export function statusHandlers(means: StripeMeans): Handlers<typeof statusQueue> {
  const { db, log } = means;
  const sync = syncs(means);
  const match = inStatements<string, MatchedEvent | null>(means, async (db, ids) => {
    const matched = await matchEvents(db, ids);
    return { results: ids.map((id) => matched.get(id) ?? null) };
  });
  const nothingLeft = "no such row";

  return {
    // A webhook is only a nudge. What it claims is not believed until Stripe is asked; and asked it
    // is once, though several name the payment.
    sync_payment: ({ id }) => sync.payment(id, { unlessInLine: true }),

    async sync_refund({ id }) {
      const paymentId = await paymentOf(db, "refunds", id);
      return paymentId === null ? nothingLeft : await sync.refunds(paymentId);
    },

    async sync_dispute({ id }) {
      const paymentId = await paymentOf(db, "disputes", id);
      return paymentId === null ? nothingLeft : await sync.disputes(paymentId);
    },

    async apply_event({ id }) {
      const event = await match(id);
      if (event?.topic === "refund") return await sync.refunds(event.paymentId);
      if (event?.topic === "dispute") return await sync.disputes(event.paymentId);
      if (event) return await sync.payment(event.paymentId);
      const parked = await parkEvent(db, id);
      if (parked === null) return "settled meanwhile";
      if (parked === "unmatched") {
        throw new Unavailable("event_unmatched", "No payment of ours fits this event yet.");
      }
      log.warn("event_abandoned", { eventId: id, reason: whyGivenUp.unmatched });
      return "given up";
    },

    compare_books: compareBooks({ ...means, syncs: sync }),

    async poll_events() {
      await pollEvents(means);
      return undefined;
    },
  };
}
