import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { inOneStatement } from "../db/transaction.ts";
import { codeOf, NotYet, reasonOf, Unavailable } from "../errors.ts";
import { waitBehind } from "../payments/wait-behind.ts";
import { batcher } from "../queues/batcher.ts";
import {
  begins,
  failingSince,
  isUnbegun,
  longestBackoff,
  tableOf,
  type WaitingTable,
  waitingTables,
} from "../queues/waiting-rows.ts";

/** A time that many were told is spread by up to this share of it, so that not all come at once. */
const spread = 0.2;

/** A job that was told to come back later: when, in seconds from now, and why. */
type Postponed = { id: string; begins: boolean; seconds: number; reason: string };

/** Some rows must be looked at by a moment that follows from these. */
type Deadlines = Pick<Settings, "HOLD_MAX_MINUTES" | "LEASE_SECONDS">;

/** Postpones a job's row; answers by how many seconds, or null when it can't be postponed. */
export type Postpone = (
  job: { kind: string; id: string },
  error: unknown,
) => Promise<number | null>;

/**
 * Moves a row's clock on to the time that its job was told to come back at. That is no failure:
 * the round stays, and the job has done its duty, so that its id is free when the sweeper adds it
 * again. The waiting is in PostgreSQL, not in Redis.
 */
export function postponer(db: Db, settings: Deadlines): Postpone {
  const tables = new Map(waitingTables.map((table) => [table.name, rowsOf(db, settings, table)]));
  return async ({ kind, id }, error) => {
    const told = error instanceof Unavailable ? error.retryAfterSeconds : undefined;
    const table = tableOf(kind);
    // "Now" is no time to come back at: such a failure counts, else it would come each second.
    if (told === undefined || told <= 0 || !table) return null;
    // A place in the limiter's line is nobody else's. Whoever was asked and failed keeps away for
    // as long as a row that waits for its job does.
    const later = Math.max(told, settings.LEASE_SECONDS) * (1 + Math.random() * spread);
    const wait = error instanceof NotYet ? told : later;
    const seconds = Math.min(wait, longestBackoff(table, id));
    const reason = `${codeOf(error)}: ${reasonOf(error)}`;
    const row = { id, begins: begins(kind), seconds, reason };
    const waits = await tables.get(table.name)?.(row);
    return waits ? seconds : null;
  };
}

/** Answers whether the row waits: one that has moved on, or rests, has no clock to be set. */
function rowsOf(
  db: Db,
  settings: Deadlines,
  table: WaitingTable,
): (row: Postponed) => Promise<boolean> {
  return batcher(async (rows) => {
    const moved = await inOneStatement(db, (place) =>
      moveClocks(settings, table, rows).execute(place),
    );
    const ids = new Set(moved.rows.map(({ id }) => id));
    const { name } = table;
    if (name === "payments" || name === "webhook_events") {
      const ahead = rows.filter(({ id }) => ids.has(id));
      await inOneStatement(db, (place) => waitBehind(place, settings, name, ahead));
    }
    return rows.map(({ id }) => ids.has(id));
  });
}

function moveClocks(
  settings: Deadlines,
  table: WaitingTable,
  rows: readonly Postponed[],
): RawBuilder<{ id: string }> {
  const { name, id, idType, latest } = table;
  const key = sql.ref(`${name}.${id}`);
  return sql`
    WITH locked AS MATERIALIZED (
      SELECT ${key} AS key, told.seconds, told.reason FROM ${sql.table(name)} JOIN unnest(
        ${rows.map((row) => row.id)}::${sql.raw(idType)}[],
        ${rows.map((row) => row.seconds)}::double precision[],
        ${rows.map((row) => row.reason)}::text[],
        ${rows.map((row) => row.begins)}::boolean[]
      ) AS told (id, seconds, reason, begins) ON ${key} = told.id
      WHERE due_at IS NOT NULL AND (NOT begins OR ${isUnbegun(table)})
      ORDER BY 1 FOR NO KEY UPDATE OF ${sql.ref(name)}
    )
    UPDATE ${sql.table(name)} SET sweeps = 0, ${failingSince(name)},
      last_error = locked.reason,
      due_at = least(
        now() + make_interval(secs => locked.seconds), ${latest?.(settings) ?? sql`NULL`})
    FROM locked WHERE ${key} = locked.key
    RETURNING ${key} AS id`;
}
