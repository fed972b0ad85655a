import { sql } from "kysely";
import { inTransaction } from "../db/transaction.ts";
import { reasonOf } from "../errors.ts";
import type { SweeperMeans } from "./sweeper.ts";

/** Below it a plan for a small table and one for a large table cost the same. */
const leastRows = 1_000;
/** Beyond it a table takes long to double: PostgreSQL's own daemon keeps up with it. */
const mostRows = 100_000;
/**
 * PostgreSQL reads 300 rows for each: a tenth of what it usually does, as often as a table doubles.
 * Its own daemon looks more closely, when a tenth of the rows has changed after that.
 */
const statisticsTarget = 10;

/**
 * Has PostgreSQL count the tables anew that have doubled since it last did. Its daemon comes once a
 * minute: until then statements are planned for the few rows of a shop's first seconds, and walk
 * whole indexes in each execution.
 */
export async function analyzeGrown({
  db,
  log,
}: Pick<SweeperMeans, "db" | "log">): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT pg_class.relname AS name
    FROM pg_stat_user_tables AS seen JOIN pg_class ON pg_class.oid = seen.relid
    WHERE seen.schemaname = current_schema() AND n_live_tup <= ${mostRows}
      AND n_live_tup >= greatest(${leastRows}, 2 * reltuples)
    ORDER BY name`.execute(db);
  const names = rows.map(({ name }) => name);
  for (const name of names) {
    // Whom the daemon or another sweeper has in hand is left to them.
    await inTransaction(db, async (trx) => {
      await sql`SET LOCAL default_statistics_target = ${sql.lit(statisticsTarget)}`.execute(trx);
      await sql`ANALYZE (SKIP_LOCKED) ${sql.table(name)}`.execute(trx);
    }).catch((error) => log.warn("sweep_failed", { kind: name, reason: reasonOf(error) }));
  }
  return names;
}
