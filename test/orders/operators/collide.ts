import { sql } from "kysely";
import type { Db } from "../../../src/db/connect.ts";
import { inTransaction, type Trx } from "../../../src/db/transaction.ts";
import { waitFor } from "../../support/wait-for.ts";

/**
 * Two acts on one order at the same time, with the first one faster by a hair: it commits only
 * when the second waits for its locks. Answers what came of the second.
 */
export async function collide(
  db: Db,
  first: (trx: Trx) => Promise<unknown>,
  second: (trx: Trx) => Promise<unknown>,
): Promise<{ error: unknown }> {
  let later: Promise<{ error: unknown }> = Promise.resolve({ error: null });
  await inTransaction(db, async (trx) => {
    await first(trx);
    later = inTransaction(db, second).then(
      () => ({ error: null }),
      (error: unknown) => ({ error }),
    );
    await waitFor("the second act to wait for the first", () => somebodyWaits(db));
  });
  return await later;
}

/** Whether any statement in this database waits for a lock. */
export async function somebodyWaits(db: Db): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' LIMIT 1`.execute(db);
  return rows.length > 0;
}
