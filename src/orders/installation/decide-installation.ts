import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Db } from "../../db/connect.ts";
import { renewFeedClock } from "../../db/feed-clock.ts";
import { inTransaction, type Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { setAsideOrders, settleWhatWaits } from "../paying/set-aside.ts";
import { readWhole, type Stamp } from "./installation.ts";

/** What an operator wants, and what is known of Stripe where the command runs. */
export type Decision = { found: Omit<Stamp, "database">; reason: string; actor: string };

/**
 * This is the same installation in a new place: the stamp is made anew, the id stays. What of
 * Stripe is not known here stays as it was.
 *
 * @throws Refused while a renewal is under way or was cut off
 */
export async function keepInstallation(db: Db, decision: Decision): Promise<void> {
  await inTransaction(db, async (trx) => {
    await record(trx, "keep", decision);
    const { stamp } = await readWhole(trx);
    const account = decision.found.account ?? stamp.account;
    const livemode = decision.found.livemode ?? stamp.livemode;
    await stampAnew(trx, { account, livemode });
  });
}

/**
 * This database is a copy: it becomes an installation of its own, with a new id.
 *
 * Whatever the original made at Stripe is the original's from now on. Its payments that are
 * still open here end here without asking Stripe, which would cancel the original's; their
 * orders expire, and give their stock back. Captured payments stay as history: they can be read,
 * and are never refunded from here. No message of the copied orders is sent any more, since the
 * original tells the same customers. Stripe's writes stay stopped until all of this is done;
 * a renewal that was cut off is finished by the next.
 */
export async function renewInstallation(
  db: Db,
  settings: Settings,
  decision: Decision,
): Promise<{ ordersEnded: number }> {
  const border = await inTransaction(db, async (trx) => {
    const at = await record(trx, "renew", decision);
    await sql`
      UPDATE installation SET id = gen_random_uuid(),
        stopped_because = 'It is being renewed. When this stays: npm run installation -- renew'
    `.execute(trx);
    return at;
  });
  let ordersEnded = 0;
  for (;;) {
    const count = await inTransaction(db, (trx) => setAsideOrders(trx, settings, border));
    ordersEnded += count;
    if (count === 0) break;
  }
  await inTransaction(db, async (trx) => {
    await settleWhatWaits(trx, border);
    await stampAnew(trx, decision.found);
  });
  return { ordersEnded };
}

/** Puts the decision on record; answers its time. One operator at a time. */
async function record(trx: Trx, act: string, { reason, actor }: Decision): Promise<Date> {
  await sql`SELECT FROM installation FOR UPDATE`.execute(trx);
  const { database, ...was } = await readWhole(trx);
  const { renewedAt, stampedAt } = was;
  if (act === "keep" && renewedAt !== null && (stampedAt === null || stampedAt < renewedAt)) {
    const message = "This database is being renewed, or that was cut off: finish it with renew.";
    throw new Refused("renewal_unfinished", message);
  }
  const { rows } = await sql<{ at: Date }>`
    INSERT INTO installation_acts (act, reason, actor, was, at)
    VALUES (${act}, ${reason}, ${actor}, ${JSON.stringify(was)}::jsonb,
      date_trunc('milliseconds', clock_timestamp()))
    RETURNING at`.execute(trx);
  if (!rows[0]) throw new Error("The decision was not written.");
  // Wherever it came from, whoever reads the feed goes on from where they are.
  await renewFeedClock(trx);
  return rows[0].at;
}

async function stampAnew(trx: Trx, found: Decision["found"]): Promise<void> {
  const { database } = await readWhole(trx);
  await sql`
    UPDATE installation SET stripe_account = ${found.account}, livemode = ${found.livemode},
      database_identity = ${database}, stamped_at = clock_timestamp(),
      stopped_because = NULL`.execute(trx);
}
