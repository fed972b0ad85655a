import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { patiently } from "../../db/patience.ts";
import { inTransaction, type Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { Plan } from "./act.ts";

/** Not a failure: how a rehearsal gets its transaction taken back. */
class Rehearsed extends Error {}

/**
 * Tries an act in a transaction that is taken back: what the facts don't show, such as stock that
 * is missing, is refused in a dry run as it would be in earnest. Null where `work` says that the
 * order has moved on. Nobody's order waits long for somebody who only asks.
 */
export async function rehearse(
  db: Db,
  plan: Plan,
  work: (trx: Trx) => Promise<unknown>,
): Promise<Plan | null> {
  let isStale = false;
  try {
    const rehearsal = async (trx: Trx) => {
      await sql`SET LOCAL lock_timeout = '500ms'`.execute(trx);
      isStale = (await work(trx)) === null;
      throw new Rehearsed();
    };
    await patiently(() => inTransaction(db, rehearsal));
  } catch (error) {
    if (error instanceof Refused) {
      return { possible: false, code: error.code, because: error.message };
    }
    if (!(error instanceof Rehearsed)) throw error;
  }
  return isStale ? null : plan;
}
