import { z } from "zod";
import { defineQueue } from "./define-queue.ts";
import { hintPayload } from "./hint.ts";

/** Stripe's writes: starts payments and refunds, closes orders, settles what differs. */
export const paymentQueue = defineQueue({
  name: "payment",
  jobs: {
    start_payment: { payload: hintPayload, isBundled: true },
    close_order: { payload: hintPayload },
    // Its order ended while it could still be paid: nobody shall pay it any more.
    cancel_payment: { payload: hintPayload },
    start_refund: { payload: hintPayload },
    settle_break: { payload: hintPayload },
    // The one job that is no hint about a row: a bucket of deadlines has come.
    expire: { payload: z.object({ bucket: z.int() }) },
  },
});
