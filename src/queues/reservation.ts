import { defineQueue } from "./define-queue.ts";
import { hintPayload } from "./hint.ts";

/** Stock: holds it for an order that was checked out, ends drafts that nobody finished. */
export const reservationQueue = defineQueue({
  name: "reservation",
  jobs: {
    reserve: { payload: hintPayload, isBundled: true },
    end_draft: { payload: hintPayload },
  },
});
