import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { asText } from "../db/clock.ts";
import type { Db } from "../db/connect.ts";
import type { Database } from "../db/schema.ts";
import { reasonOf } from "../errors.ts";
import type { SweeperMeans } from "./sweeper.ts";

/** Rows a statement, so that none holds many locks; and so many pages of a kind a turn. */
export const pageSize = 1_000;
const mostPages = 1_000;
/** Then a turn leaves the rest to the next: what is done once a turn is not to wait for it. */
export const turnMilliseconds = 60_000;
/** A page is followed by a rest of so much of its time: four sevenths of one connection's go. */
export const restFactor = 3 / 4;

/** Who keeps house, and is told when to leave the rest to the next. */
export type HouseMeans = SweeperMeans & { stopping?: AbortSignal };

/** Does a page of what is due of a kind: so many rows, and whether there may be more. */
export type Page = () => Promise<{ count: number; isMore: boolean }>;

/**
 * Does a page of each kind in turn, until there is no more of any: where very much of one is due,
 * the others do not wait for it, and one that fails stops no other. Answers how many rows of each
 * it has done. A page takes longer where others are busy, and so does the rest that follows.
 */
export async function inPages<Kind extends string>(
  { log, stopping }: Pick<HouseMeans, "log" | "stopping">,
  pages: Record<Kind, Page>,
): Promise<Record<Kind, number>> {
  const until = performance.now() + turnMilliseconds;
  let open = Object.keys(pages) as Kind[];
  const done = Object.fromEntries(open.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (let page = 0; page < mostPages && open.length > 0; page++) {
    const more: Kind[] = [];
    for (const kind of open) {
      const startedAt = performance.now();
      if (stopping?.aborted || startedAt > until) return done;
      const { count, isMore } = await pages[kind]().catch((error: unknown) => {
        log.warn("sweep_failed", { kind: `keep_${kind}`, reason: reasonOf(error) });
        return { count: 0, isMore: false };
      });
      done[kind] += count;
      if (isMore) more.push(kind);
      const now = performance.now();
      const restMs = Math.min((now - startedAt) * restFactor, Math.max(0, until - now));
      await delay(restMs, undefined, stopping && { signal: stopping }).catch(() => undefined);
    }
    open = more;
  }
  return done;
}

/**
 * Deletes what is so old of a table, in the order of its moments' index, each page's rows found by
 * their places (`ctid`): however much is due, and however large the table is, no more of it is read
 * than the page. Each begins where the one before ended: what has to stay is not walked again, nor
 * what is gone and yet there for somebody's older snapshot, as that of a backup.
 */
export function deleteOld(
  db: Db,
  [table, column]: readonly [table: keyof Database, column: string],
  keptDays: number,
  condition = sql`true`,
): Page {
  const at = sql.ref(column);
  let from = "-infinity";
  return async () => {
    const { rows } = await sql<{ count: number; until: string | null }>`
      WITH gone AS (
        DELETE FROM ${sql.table(table)} WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM ${sql.table(table)}
          WHERE ${at} >= ${from}::timestamptz AND ${at} < now() - make_interval(days => ${keptDays})
            AND ${condition}
          ORDER BY ${at} LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
        )) RETURNING ${at} AS at
      ) SELECT count(*) AS count, ${asText(sql`max(at)`)} AS until FROM gone`.execute(db);
    const [{ count, until } = { count: 0, until: null }] = rows;
    from = until ?? from;
    return { count, isMore: count === pageSize };
  };
}
