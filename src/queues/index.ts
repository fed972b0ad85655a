import { notificationQueue } from "./notification.ts";
import { paymentQueue } from "./payment.ts";
import { reservationQueue } from "./reservation.ts";
import { statusQueue } from "./status.ts";

/** Every queue, one per worker role, in the order in which an order passes them. */
export const queues = [reservationQueue, paymentQueue, statusQueue, notificationQueue] as const;
