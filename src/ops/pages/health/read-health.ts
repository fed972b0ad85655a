import { sql } from "kysely";
import type { Settings } from "../../../config.ts";
import type { Db } from "../../../db/connect.ts";
import { silentAfterSeconds } from "../../../db/heartbeat.ts";
import { type Lag, readLag } from "../../../db/lag.ts";
import { invariantsCheckedSince } from "../../diagnosis/patience.ts";
import { type Overdue, readOverdue } from "./read-overdue.ts";

export type ProcessRow = {
  instance: string;
  role: string;
  at: Date;
  startedAt: Date;
  silent: boolean;
  /** Silent, but another has begun to do the same since: nobody misses it. */
  replaced: boolean;
};

export type InvariantRow = {
  name: string;
  promise: string;
  examined: number;
  broken: number;
  rows: Record<string, unknown>[];
  checkedAt: Date;
  /** Rounds have passed since: what it says is of then. */
  isOld: boolean;
};

type CursorRow = {
  name: string;
  position: Date;
  dueAt: Date;
  lastError: string | null;
  findings: Record<string, unknown>;
};

type Installation = {
  id: string;
  stripeAccount: string | null;
  livemode: boolean | null;
  stampedAt: Date | null;
  stoppedBecause: string | null;
};

export type Health = {
  now: Date;
  lag: Lag;
  overdue: Overdue | null;
  processes: ProcessRow[];
  invariants: InvariantRow[];
  cursors: CursorRow[];
  installation: Installation | null;
  isRedisReady: boolean;
  /** Why Stripe does not answer web, or null where it does. */
  stripeAway: string | null;
};

/** What web itself knows of the others that it speaks to. */
export type Others = Pick<Health, "isRedisReady" | "stripeAway">;

type Means = { db: Db; settings: Pick<Settings, "INVARIANT_MINUTES"> };

/** Everything that is known of how Aurora itself is. */
export async function readHealth({ db, settings }: Means, others: Others): Promise<Health> {
  const [processes, { rows: clock }, lag, overdue, invariants, cursors, installation] =
    await Promise.all([
      readProcesses(db),
      sql<{ now: Date }>`SELECT now()`.execute(db),
      readLag(db),
      readOverdue(db),
      readInvariants(db, settings),
      readCursors(db),
      readInstallation(db),
    ]);
  const now = clock[0]?.now ?? new Date();
  return { now, lag, overdue, processes, invariants, cursors, installation, ...others };
}

async function readProcesses(db: Db): Promise<ProcessRow[]> {
  const { rows } = await sql<ProcessRow>`
    SELECT instance, role, at, started_at AS "startedAt", silent, silent AND EXISTS (
        SELECT FROM heartbeats AS next WHERE next.role = mine.role
          AND next.instance <> mine.instance AND next.started_at > mine.at
      ) AS replaced
    FROM (
      SELECT *, at < now() - make_interval(secs => ${silentAfterSeconds}) AS silent FROM heartbeats
    ) AS mine ORDER BY role, silent, instance`.execute(db);
  return rows;
}

/** What is broken stands first. */
async function readInvariants(db: Db, settings: Means["settings"]): Promise<InvariantRow[]> {
  const { rows } = await sql<InvariantRow>`
    SELECT name, promise, examined, broken, rows, checked_at AS "checkedAt",
      checked_at < ${invariantsCheckedSince(settings)} AS "isOld"
    FROM invariant_findings ORDER BY broken = 0, name`.execute(db);
  return rows;
}

async function readCursors(db: Db): Promise<CursorRow[]> {
  const { rows } = await sql<CursorRow>`
    SELECT name, position, due_at AS "dueAt", last_error AS "lastError", findings
    FROM stripe_cursors ORDER BY name`.execute(db);
  return rows;
}

async function readInstallation(db: Db): Promise<Installation | null> {
  const { rows } = await sql<Installation>`
    SELECT id, stripe_account AS "stripeAccount", livemode, stamped_at AS "stampedAt",
      stopped_because AS "stoppedBecause"
    FROM installation`.execute(db);
  return rows[0] ?? null;
}
