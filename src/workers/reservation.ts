import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import type { Log } from "../log.ts";
import { inBatches } from "../orders/in-batches.ts";
import { endDrafts, reserveOrders } from "../orders/reserve-orders.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { Hints } from "../queues/hints.ts";
import type { reservationQueue } from "../queues/reservation.ts";

type Means = { db: Db; hints: Hints; log: Log; settings: Settings };

/** Holds stock for orders that were checked out, all or nothing; ends those that got stuck. */
export function reservationHandlers(means: Means): Handlers<typeof reservationQueue> {
  const { settings } = means;
  const reserve = inBatches<string, void>(means, async (trx, orderIds) => {
    const advanced = await reserveOrders(trx, settings, orderIds);
    return { results: orderIds.map(() => undefined), ...advanced };
  });
  const end = inBatches<string, void>(means, async (trx, orderIds) => {
    const advanced = await endDrafts(trx, settings, orderIds);
    return { results: orderIds.map(() => undefined), ...advanced };
  });
  return {
    reserve: ({ id }) => reserve(id),
    end_draft: ({ id }) => end(id),
  };
}
