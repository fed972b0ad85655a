import { defineQueue } from "./define-queue.ts";
import { hintPayload } from "./hint.ts";

/** Messages to customers. */
export const notificationQueue = defineQueue({
  name: "notification",
  jobs: {
    send_message: { payload: hintPayload },
  },
});
