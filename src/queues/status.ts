import { defineQueue } from "./define-queue.ts";
import { hintPayload } from "./hint.ts";

/** Stripe's reads, and what follows from them for payments, refunds, disputes and the books. */
export const statusQueue = defineQueue({
  name: "status",
  jobs: {
    sync_payment: { payload: hintPayload, isBundled: true },
    sync_refund: { payload: hintPayload },
    sync_dispute: { payload: hintPayload },
    compare_books: { payload: hintPayload },
    apply_event: { payload: hintPayload },
    poll_events: { payload: hintPayload },
  },
});
