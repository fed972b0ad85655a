import type { Transaction } from "kysely";
import { OutcomeUnknown, Unavailable } from "../errors.ts";
import type { Db } from "./connect.ts";
import { isOutdated } from "./named-statements.ts";
import type { Database } from "./schema.ts";

export type Trx = Transaction<Database>;

/** Two transactions stood in each other's way; the same work again will do. */
export class Collision extends Unavailable {}

/**
 * Runs `work` in one transaction, and says what a failure means for the caller.
 *
 * @throws Collision when PostgreSQL chose this transaction as the loser of a conflict
 * @throws OutcomeUnknown when the connection was lost at COMMIT: read back by key
 * @throws Unavailable when PostgreSQL is away, shutting down, full, or too slow
 */
export async function inTransaction<Result>(
  db: Db,
  work: (trx: Trx) => Promise<Result>,
): Promise<Result> {
  let worked = false;
  try {
    return await db.transaction().execute(async (trx) => {
      const result = await work(trx);
      worked = true;
      return result;
    });
  } catch (error) {
    const named = databaseError(error);
    // Kysely sends COMMIT once `work` is done: a connection lost after that may have committed.
    if (worked && named instanceof Unavailable && !(named instanceof Collision)) {
      throw new OutcomeUnknown("commit_unknown", "The connection was lost at COMMIT.", error);
    }
    throw named;
  }
}

/** Runs one statement, which is a transaction by itself: no BEGIN, no COMMIT, the same errors. */
export async function inOneStatement<Result>(
  db: Db,
  work: (db: Db) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(db);
  } catch (error) {
    throw databaseError(error);
  }
}

/** Names a failure of PostgreSQL by what to do next; any other error is returned as it is. */
export function databaseError(error: unknown): unknown {
  const code = sqlstate(error);
  if (code === "40001" || code === "40P01") {
    return new Collision("database_collision", "Two transactions collided.", error);
  }
  // It is prepared anew, so the same again will do.
  if (isOutdated(error)) {
    return new Collision("statement_outdated", "A prepared statement is out of date.", error);
  }
  if (code === "55P03") {
    return new Unavailable("lock_timeout", "A row was locked for too long.", error);
  }
  if (code !== undefined && /^(08|53|57|25006)/.test(code)) {
    return new Unavailable("database_unavailable", `PostgreSQL answered ${code}.`, error);
  }
  if (error instanceof Error && error.message === poolIsEmpty) {
    const message = "All connections to PostgreSQL are in use, or it can't be reached.";
    return new Unavailable("database_busy", message, error);
  }
  if (isConnectionLoss(error)) {
    return new Unavailable("database_unavailable", "PostgreSQL can't be reached.", error);
  }
  return error;
}

function sqlstate(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** `pg` has no classes or codes for these: its sentences are all that it gives. */
function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_)/.test(String(error.code))) {
    return true;
  }
  return connectionLosses.some((sentence) => error.message.includes(sentence));
}

/** What `pg` says when no connection was free, or made, within its time. */
const poolIsEmpty = "timeout exceeded when trying to connect";

const connectionLosses = [
  "Connection terminated",
  "connection timeout",
  "connection error",
  "not queryable",
  "driver has already been destroyed",
];
