import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { comparisonNames } from "./comparison-cursors.ts";

type ComparisonRow = {
  name: string;
  findings: Record<string, unknown>;
  dueAt: Date;
  lastError: string | null;
};
type BreakRow = {
  id: string;
  objectId: string;
  fault: string;
  /** The order's number for people. */
  order: string | null;
  ours: unknown;
  theirs: unknown;
  outcome: string | null;
  foundAt: Date;
  settledAt: Date | null;
  dueAt: Date | null;
  lastError: string | null;
};

export type ComparisonReport = {
  comparisons: ComparisonRow[];
  openCount: number;
  open: BreakRow[];
  settled: BreakRow[];
};

/** At most so many open differences are told one by one; all are counted. */
const mostOpen = 1_000;

/** What the last comparisons found: what is open, and the latest of what was settled. */
export async function reportComparisons(db: Db, latest: number): Promise<ComparisonReport> {
  const { rows: comparisons } = await sql<ComparisonRow>`
    SELECT name, findings, due_at AS "dueAt", last_error AS "lastError" FROM stripe_cursors
    WHERE name = ANY(${comparisonNames}::text[]) ORDER BY name`.execute(db);
  const { rows: counted } = await sql<{ count: number }>`
    SELECT count(*) FROM breaks WHERE status = 'open'`.execute(db);
  const open = await breaks(db, "open", mostOpen);
  const settled = await breaks(db, "settled", latest);
  return { comparisons, openCount: counted[0]?.count ?? 0, open, settled };
}

async function breaks(db: Db, status: "open" | "settled", limit: number): Promise<BreakRow[]> {
  const { rows } = await sql<BreakRow>`
    SELECT breaks.id, object_id AS "objectId", fault, number AS "order", ours, theirs, outcome,
      found_at AS "foundAt", breaks.settled_at AS "settledAt", breaks.due_at AS "dueAt",
      breaks.last_error AS "lastError"
    FROM breaks LEFT JOIN orders ON orders.id = order_id
    WHERE breaks.status = ${status} ORDER BY found_at DESC, breaks.id LIMIT ${limit}`.execute(db);
  return rows;
}
