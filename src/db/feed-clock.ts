import { sql } from "kysely";
import type { Db } from "./connect.ts";
import type { Trx } from "./transaction.ts";

/**
 * Lets all events that come from now on stand beyond every position that anybody has ever read.
 * A restored database may count its transactions anew, or again from an earlier number: without
 * this its next events would stand where readers have been.
 */
export async function renewFeedClock(trx: Trx): Promise<void> {
  // Whoever writes an event has read the clock: they end first, and others read it afterwards.
  await sql`LOCK TABLE order_events IN SHARE ROW EXCLUSIVE MODE`.execute(trx);
  await sql`UPDATE feed_clock SET generation = generation + 1`.execute(trx);
}

/** Renews the clock of a database that was dumped and loaded: events stand ahead of it there. */
export async function renewFeedClockIfBehind(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ behind: boolean }>`
      SELECT EXISTS (SELECT FROM shops WHERE feed_end() <= (
        SELECT feed_position FROM order_events WHERE shop_id = shops.id
        ORDER BY feed_position DESC LIMIT 1
      )) AS behind`.execute(trx);
    if (!rows[0]?.behind) return false;
    await renewFeedClock(trx);
    return true;
  });
}
