import type { QueueContract } from "./define-queue.ts";
import type { Hint } from "./hint.ts";
import { notificationQueue } from "./notification.ts";
import { paymentQueue } from "./payment.ts";
import { reservationQueue } from "./reservation.ts";
import { statusQueue } from "./status.ts";

/** Every queue, one per worker role, in the order in which an order passes them. */
export const queues = [reservationQueue, paymentQueue, statusQueue, notificationQueue] as const;

/** Whether hints of this kind go together in one job. */
export function isBundled({ queue, kind }: Pick<Hint, "queue" | "kind">): boolean {
  const { jobs }: QueueContract = queues.find(({ name }) => name === queue) ?? {
    name: "",
    jobs: {},
  };
  return jobs[kind]?.isBundled === true;
}
