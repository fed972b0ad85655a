import type { RawBuilder } from "kysely";
import type { SweeperMeans } from "./sweeper.ts";

/** Rows a statement, so that none holds many locks; and so many statements a turn. */
export const pageSize = 1_000;
export const mostPages = 1_000;

/** Who keeps house, and is told when to leave the rest to the next. */
export type HouseMeans = SweeperMeans & { stopping?: AbortSignal };

/**
 * Repeats a bounded statement until it finds nothing more; answers how many rows it changed. Each
 * page is chosen in the order of an index, and found by its rows' places (`ctid`): however much is
 * due, and however large the table is, no more of it is read than the page.
 */
export async function inPages(
  { db, stopping }: Pick<HouseMeans, "db" | "stopping">,
  statement: RawBuilder<unknown>,
): Promise<number> {
  let changed = 0;
  for (let page = 0; page < mostPages && !stopping?.aborted; page++) {
    const { numAffectedRows } = await statement.execute(db);
    changed += Number(numAffectedRows ?? 0);
    if (Number(numAffectedRows ?? 0) < pageSize) break;
  }
  return changed;
}
