import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { inOneStatement } from "../db/transaction.ts";
import type { Log } from "../log.ts";
import { inBatches } from "../orders/in-batches.ts";
import { countLines, endDrafts, reserveOrders } from "../orders/reserve-orders.ts";
import { batcher } from "../queues/batcher.ts";
import type { Handlers } from "../queues/define-queue.ts";
import type { Hints } from "../queues/hints.ts";
import type { reservationQueue } from "../queues/reservation.ts";

type Weighed = { orderId: string; lines: number };

type Means = { db: Db; hints: Hints; log: Log; settings: Settings };

/** Holds stock for orders that were checked out, all or nothing; ends those that got stuck. */
export function reservationHandlers(means: Means): Handlers<typeof reservationQueue> {
  const { db, settings } = means;
  // A batch is bounded by its lines too, and a hint does not say how many its order has.
  const weigh = batcher((orderIds: string[]) => inOneStatement(db, () => countLines(db, orderIds)));
  const reserve = inBatches<Weighed, undefined>(
    means,
    async (trx, orders) => {
      const ids = orders.map(({ orderId }) => orderId);
      const advanced = await reserveOrders(trx, settings, ids);
      return { results: orders.map(() => undefined), ...advanced };
    },
    ({ lines }) => lines,
  );
  const end = inBatches<string, undefined>(means, async (trx, orderIds) => {
    const advanced = await endDrafts(trx, settings, orderIds);
    return { results: orderIds.map(() => undefined), ...advanced };
  });
  return {
    reserve: async ({ id }) => reserve({ orderId: id, lines: await weigh(id) }),
    end_draft: ({ id }) => end(id),
  };
}
