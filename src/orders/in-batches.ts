import type { Db } from "../db/connect.ts";
import { inOneStatement, inTransaction, type Trx } from "../db/transaction.ts";
import type { Log } from "../log.ts";
import { batcher } from "../queues/batcher.ts";
import type { Hints } from "../queues/hints.ts";
import type { Advanced } from "./advance.ts";

/** What a batch's transaction gives: a result for each item, and what follows its COMMIT. */
type Work<Place, Item, Result> = (
  place: Place,
  items: readonly Item[],
) => Promise<{ results: Result[] } & Partial<Advanced>>;

export type Means = { db: Db; hints: Hints; log: Log };

/**
 * A domain function as a process calls it: single calls are grouped, each group is one
 * transaction, and what it leaves to do is done after its COMMIT.
 */
export function inBatches<Item, Result>(
  means: Means,
  work: Work<Trx, Item, Result>,
  weigh?: (item: Item) => number,
): (item: Item) => Promise<Result> {
  return batcher(async (items) => {
    const { results, ...advanced } = await inTransaction(means.db, (trx) => work(trx, items));
    follow(means, advanced);
    return results;
  }, weigh);
}

/** The same for work that is one statement, and so a transaction without a BEGIN and a COMMIT. */
export function inStatements<Item, Result>(
  means: Means,
  work: Work<Db, Item, Result>,
): (item: Item) => Promise<Result> {
  return batcher(async (items) => {
    const { results, ...advanced } = await inOneStatement(means.db, (db) => work(db, items));
    follow(means, advanced);
    return results;
  });
}

/** Sends the hints, sets the clock and writes the log: only what is committed is told. */
export function follow({ hints, log }: Omit<Means, "db">, advanced: Partial<Advanced>): void {
  hints.send(advanced.hints ?? []);
  for (const order of advanced.moved ?? []) {
    if (order.to === "awaiting_payment" && order.expiresAt) hints.ringAt(order.expiresAt);
    const { id: orderId, number, event, from, to } = order;
    log.info("order_advanced", { orderId, order: number, event, from, to });
  }
  for (const noted of advanced.noted ?? []) log.info("order_noted", noted);
}
