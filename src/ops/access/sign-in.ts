import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { inOneStatement } from "../../db/transaction.ts";
import { isPassword } from "./passwords.ts";
import { isName, type Operator } from "./roles.ts";
import { type OpenSession, openSession } from "./sessions.ts";

/** What came of a name and a password. */
export type SignIn =
  | { outcome: "in"; operator: Operator; session: OpenSession }
  | { outcome: "wrong" }
  /** Nothing was looked at, right or wrong, and nothing is from there for so many seconds. */
  | { outcome: "locked"; seconds: number };

/** `caller` is where they come from: an address, or a network. */
type Given = { name: string; password: string; caller: string };

/** Of one name from one caller, and of all names from one: many people may share an address. */
const freeFailures = 10;
const freeOfCaller = 50;
/** The first slips are free; from then on the wait doubles up to five minutes. */
const longestLockSeconds = 300;
/** Failures are forgotten when no other comes for so long. */
const forgetSeconds = 1_800;
/**
 * A name whose failures came from many places is being guessed at. Who bears it must get in all
 * the same: so nobody is refused, but everybody waits for this long.
 */
const freeOfName = 30;
const slowMs = 2_000;

/**
 * Opens a session for an operator who says their name and password. A name that nobody bears
 * costs the same time, is locked like any other, and is answered alike.
 */
export async function signIn(
  db: Db,
  { name, password, caller }: Given,
  wait: (ms: number) => Promise<unknown> = setTimeout,
): Promise<SignIn> {
  const counts = countsOf(name, caller);
  const { seconds, isGuessedAt } = await countAttempt(db, counts);
  if (seconds > 0) return { outcome: "locked", seconds };
  if (isGuessedAt) await wait(slowMs);
  const known = isName(name) ? await findOperator(db, name) : undefined;
  const fits = await isPassword(known?.password ?? null, password);
  const session = known && fits ? await openSession(db, known) : null;
  if (!known || !session) return { outcome: "wrong" };
  await takeBack(db, counts);
  return { outcome: "in", operator: { name: known.name, role: known.role }, session };
}

async function findOperator(db: Db, name: string) {
  return await inOneStatement(db, () =>
    db
      .selectFrom("operators")
      .select(["name", "role", "password"])
      .where("name", "=", name)
      .where("disabled_at", "is", null)
      .executeTakeFirst(),
  );
}

/** With a new password, or let in again, they begin anew from everywhere. */
export async function forgiveFailures(db: Db, name: string): Promise<void> {
  await inOneStatement(db, () =>
    db.deleteFrom("sign_in_failures").where("name", "=", hashOf(name)).execute(),
  );
}

/**
 * The attempt was none at guessing. Only what was said under this name from here is forgotten:
 * one right password must not make room for guesses at other names.
 */
async function takeBack(db: Db, { name, caller }: Counts): Promise<void> {
  await inOneStatement(db, () =>
    sql`
      UPDATE sign_in_failures AS f SET locked_until = now(), failures = CASE
        WHEN f.name <> ${all} AND f.caller <> ${all} THEN 0 ELSE greatest(f.failures - 1, 0) END
      FROM (
        SELECT name, caller FROM sign_in_failures
        WHERE (name, caller) IN ((${all}, ${caller}), (${name}, ${all}), (${name}, ${caller}))
        ORDER BY name, caller FOR NO KEY UPDATE
      ) AS mine WHERE f.name = mine.name AND f.caller = mine.caller`.execute(db),
  );
}

/** An attempt counts at three places; this stands for all names, and for all callers. */
const all = -1;
type Counts = { name: number; caller: number };

function countsOf(name: string, caller: string): Counts {
  return { name: hashOf(name), caller: hashOf(caller) };
}

/**
 * Counts an attempt before it is looked at, so that a hundred at once get no hundred looks; a
 * right password takes it back. Answers for how many seconds nothing is looked at, 0 if it is.
 */
async function countAttempt(
  db: Db,
  counts: Counts,
): Promise<{ seconds: number; isGuessedAt: boolean }> {
  const places = placesOf(counts);
  const { rows } = await inOneStatement(db, () =>
    sql<{ caller: number; failures: number }>`
      WITH place (name, caller, free) AS (VALUES ${places})
      INSERT INTO sign_in_failures AS f (name, caller, failures, locked_until, at)
      SELECT name, caller, 1, now(), now() FROM place
      WHERE NOT EXISTS (
        SELECT FROM sign_in_failures JOIN place USING (name, caller) WHERE locked_until > now()
      ) ORDER BY name, caller
      ON CONFLICT (name, caller) DO UPDATE SET (failures, locked_until, at) = (
        SELECT n, now() + make_interval(secs => CASE WHEN free IS NULL OR n < free THEN 0
          ELSE least(2 ^ least(n - free, 20), ${longestLockSeconds}::int) END), now()
        FROM place, LATERAL (
          SELECT CASE WHEN f.at < now() - make_interval(secs => ${forgetSeconds}) THEN 1
            ELSE f.failures + 1 END AS n
        ) AS counted WHERE place.name = f.name AND place.caller = f.caller
      ) WHERE f.locked_until <= now()
      RETURNING caller, failures`.execute(db),
  );
  const ofName = rows.find(({ caller }) => caller === all);
  if (rows.length < 3) return { seconds: await lockSeconds(db, counts), isGuessedAt: false };
  return { seconds: 0, isGuessedAt: (ofName?.failures ?? 0) > freeOfName };
}

/** Where it counts, and how many failures are free there: a name over all is never locked. */
function placesOf({ name, caller }: Counts) {
  return sql.join([
    sql`(${all}::int, ${caller}::int, ${freeOfCaller}::int)`,
    sql`(${name}::int, ${all}::int, NULL)`,
    sql`(${name}::int, ${caller}::int, ${freeFailures}::int)`,
  ]);
}

async function lockSeconds(db: Db, { name, caller }: Counts): Promise<number> {
  const lock = await inOneStatement(db, () =>
    db
      .selectFrom("sign_in_failures")
      .select(sql<number>`ceil(extract(epoch FROM max(locked_until) - now()))::int`.as("seconds"))
      .where("caller", "=", caller)
      .where("name", "in", [all, name])
      .executeTakeFirst(),
  );
  return Math.max(1, lock?.seconds ?? 1);
}

function hashOf(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 3);
}
