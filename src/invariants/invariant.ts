import { type RawBuilder, sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import type { OrderStatus } from "../orders/lifecycle.ts";

/** Something that must be true of every row, as SQL that only reads. */
export type Invariant = {
  /** Alarms and pages know it by this name: it stays. */
  name: string;
  promise: string;
  /**
   * Every row that is looked at, with what a person needs to find it, and a column `broken`.
   * Examined and offending rows come from the same statement, so that none can be looked past.
   */
  looked: RawBuilder<unknown>;
};

export type Limits = {
  /** What ought to come to rest is given so long: 120 in production, 0 once all is quiet. */
  patienceSeconds: number;
};

export type Finding = {
  name: string;
  promise: string;
  examined: number;
  broken: number;
  /** The first of the offending rows. */
  rows: Record<string, unknown>[];
};

/** So many offending rows are shown; all are counted. */
const mostRows = 20;

/** Orders that are over and sell nothing: unpaid, or with their money gone back. */
export const deadStatuses: readonly OrderStatus[] = ["rejected", "expired", "cancelled"];

/** Asks the database whether an invariant holds. A comparison that gives null is a broken one. */
export async function examine(trx: Trx, { name, promise, looked }: Invariant): Promise<Finding> {
  const { rows: counts } = await sql<Pick<Finding, "examined" | "broken">>`
    SELECT count(*) AS examined, count(*) FILTER (WHERE broken IS NOT FALSE) AS broken
    FROM (${looked}) AS looked`.execute(trx);
  const { examined = 0, broken = 0 } = counts[0] ?? {};
  if (broken === 0) return { name, promise, examined, broken, rows: [] };

  const { rows } = await sql<{ found: Finding["rows"][number] }>`
    SELECT to_jsonb(looked) - 'broken' AS found FROM (${looked}) AS looked
    WHERE broken IS NOT FALSE LIMIT ${mostRows}`.execute(trx);
  return { name, promise, examined, broken, rows: rows.map(({ found }) => found) };
}
