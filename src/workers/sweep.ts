import { sql } from "kysely";
import { leased } from "../db/clock.ts";
import { type Hint, jobIdOf } from "../queues/hint.ts";
import { isUnbegun, statusColumn, type WaitingTable } from "../queues/waiting-rows.ts";
import { leases } from "./leases.ts";
import { notInLine } from "./not-in-line.ts";
import type { SweeperMeans } from "./sweeper.ts";

/** Rows are claimed in pages, and a table gets so many pages a sweep. */
const pageSize = 500;
const mostPages = 100;
/** Beyond this, how often no longer matters. */
export const mostCounted = 1_000;
/** From this fruitless sweep on the job itself is looked at. */
const suspiciousSweeps = 3;

type Row = {
  id: string;
  status: string;
  version: number;
  round: number;
  sweeps: number;
  order: string | null;
  /** What its work is folded by, or null. */
  fold: string | null;
  /** Nothing on record says that a job of it has begun: it may still wait in a bundle. */
  isUnbegun: boolean;
};

/** Turns a table's overdue rows into hints, page by page; answers how many there were. */
export async function sweepDue(means: SweeperMeans, table: WaitingTable): Promise<number> {
  let count = 0;
  const folded = new Set<string>();
  for (let page = 0; page < mostPages; page++) {
    const rows = await claimDue(means, table);
    await hintAll(means, table, oneOfEach(rows, folded));
    count += rows.length;
    if (rows.length < pageSize) break;
  }
  return count;
}

/**
 * The same for every row that had been hinted, due or not: Redis has forgotten the jobs. A row that
 * was told to wait for longer than a lease, or whose failure is on record, had none that would have
 * come sooner: it comes at its own time, or all who stand in Stripe's line would come at once, and
 * stand in it twice.
 */
export async function sweepHinted(means: SweeperMeans, table: WaitingTable): Promise<number> {
  let count = 0;
  let after: string | null = null;
  const folded = new Set<string>();
  for (let page = 0; page < mostPages; page++) {
    const rows: Row[] = await claimHinted(means, table, after);
    means.hints.sendEach(oneOfEach(rows, folded).flatMap((row) => hintOf(table, row) ?? []));
    count += rows.length;
    after = rows.at(-1)?.id ?? null;
    if (rows.length < pageSize) break;
  }
  return count;
}

/**
 * Of rows whose work is the same, the one with the least id: the same one each time, so that its
 * job stays the only one. `folded` is what was seen in the pages before.
 */
function oneOfEach(rows: readonly Row[], folded: Set<string>): Row[] {
  const sorted = rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return sorted.filter(({ fold }) => {
    if (fold === null) return true;
    const isFirst = !folded.has(fold);
    folded.add(fold);
    return isFirst;
  });
}

/** Moves the rows' clocks on by their lease: nobody else sweeps them meanwhile. */
async function claimDue({ db, settings }: SweeperMeans, table: WaitingTable): Promise<Row[]> {
  const seconds = leases(settings);
  const { rows } = await sql<Row>`
    WITH due AS MATERIALIZED (
      SELECT ${sql.ref(table.id)} AS key FROM ${sql.table(table.name)}
      WHERE due_at <= now() ORDER BY due_at LIMIT ${pageSize} FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE ${sql.table(table.name)} SET sweeps = least(sweeps + 1, ${mostCounted}),
      due_at = now() + make_interval(
        secs => (${seconds}::float8[])[least(sweeps + 1, ${seconds.length})])
    FROM due WHERE ${sql.ref(table.id)} = due.key
    RETURNING ${columns(table)}`.execute(db);
  return rows;
}

async function claimHinted(
  { db, settings }: SweeperMeans,
  table: WaitingTable,
  after: string | null,
): Promise<Row[]> {
  const id = sql.ref(table.id);
  // Pages follow on each other by the ids' bytes, here and there, whatever the database's locale.
  const sorted = table.idType === "text" ? sql`${id} COLLATE "C"` : id;
  const { rows } = await sql<Row>`
    WITH waiting AS MATERIALIZED (
      SELECT ${id} AS key FROM ${sql.table(table.name)}
      WHERE (due_at <= ${leased(settings)} OR (sweeps > 0 AND due_at IS NOT NULL))
        AND ${sql.raw(table.hinted)}
        AND (${after}::${sql.raw(table.idType)} IS NULL OR ${sorted} > ${after})
      ORDER BY ${sorted} LIMIT ${pageSize} FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE ${sql.table(table.name)} SET sweeps = 0,
      due_at = ${leased(settings)}
    FROM waiting WHERE ${id} = waiting.key
    RETURNING ${columns(table)}`.execute(db);
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function columns(table: WaitingTable) {
  return sql`${sql.ref(table.id)} AS id, ${statusColumn(table)} AS status,
    ${sql.raw(table.version)} AS version, round, sweeps, ${sql.raw(table.order)} AS "order",
    ${sql.raw(table.fold ?? "NULL")} AS fold,
    (${isUnbegun(table)} AND round = 0 AND last_error IS NULL) AS "isUnbegun"`;
}

/**
 * Adds the rows' jobs again, under the same ids: nothing while the job lives, healing when
 * Redis forgot it. Only a job that stands in the failed set is given a new round; one that
 * waits is never doubled.
 */
async function hintAll(means: SweeperMeans, table: WaitingTable, rows: Row[]): Promise<void> {
  const suspicious = rows.filter(({ sweeps }) => sweeps >= suspiciousSweeps);
  const failed = await failedAmong(means, table, suspicious);
  if (failed.size > 0) await raiseRounds(means, table, [...failed]);
  const swept = rows.flatMap((row) => {
    const hasFailed = failed.has(row.id);
    const hint = hintOf(table, { ...row, round: row.round + (hasFailed ? 1 : 0) });
    return hint ? [{ hint, sweeps: row.sweeps, isUnbegun: row.isUnbegun && !hasFailed }] : [];
  });
  means.hints.sendEach(await notInLine(means, swept));
}

/**
 * The rows whose job stands in its queue's failed set. Asking for a job's state would search
 * the lists of waiting jobs: 20,000 such questions kept Redis busy for five seconds.
 */
async function failedAmong(
  { redis, hints }: SweeperMeans,
  table: WaitingTable,
  rows: readonly Row[],
): Promise<Set<string>> {
  const failed = new Set<string>();
  const asked = rows.flatMap((row) => hintOf(table, row) ?? []);
  for (const [name, those] of Map.groupBy(asked, ({ queue }) => queue)) {
    const scores = await redis.zmscore(hints.queue(name).toKey("failed"), those.map(jobIdOf));
    for (const [index, { id }] of those.entries()) if (scores[index] != null) failed.add(id);
  }
  return failed;
}

async function raiseRounds(
  { db }: SweeperMeans,
  table: WaitingTable,
  ids: string[],
): Promise<void> {
  await sql`
    WITH free AS MATERIALIZED (
      SELECT ${sql.ref(table.id)} AS key FROM ${sql.table(table.name)}
      WHERE ${sql.ref(table.id)} = ANY(${ids}::${sql.raw(table.idType)}[]) AND due_at IS NOT NULL
      ORDER BY 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE ${sql.table(table.name)} SET round = least(round + 1, ${mostCounted})
    FROM free WHERE ${sql.ref(table.id)} = free.key`.execute(db);
}

function hintOf(table: WaitingTable, row: Row): Hint | null {
  const wake = table.wakes(row.status);
  const { id, version, round, order } = row;
  return wake && { ...wake, id, version, round, order };
}
