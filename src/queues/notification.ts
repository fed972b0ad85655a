import { defineQueue } from "./define-queue.ts";
import { hintPayload } from "./hint.ts";

/** Messages to customers, and webhooks out to other systems. */
export const notificationQueue = defineQueue({
  name: "notification",
  jobs: {
    send_message: { payload: hintPayload, isBundled: true },
    deliver: { payload: hintPayload, waitsLong: true },
    // Whether an endpoint that failed answers again.
    probe_endpoint: { payload: hintPayload },
  },
});
