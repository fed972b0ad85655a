import { createHash } from "node:crypto";
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
  /** Nothing was looked at, right or wrong, and nothing is for so many seconds. */
  | { outcome: "locked"; seconds: number };

/** The first slips are free; from then on the wait doubles up to five minutes. */
const freeFailures = 10;
const longestLockSeconds = 300;
/** Failures are forgotten when no other comes for so long. */
const forgetSeconds = 1_800;

/**
 * Opens a session for an operator who says their name and password. A name that nobody bears
 * costs the same time, is locked like any other, and is answered alike.
 */
export async function signIn(
  db: Db,
  { name, password }: { name: string; password: string },
): Promise<SignIn> {
  const bucket = bucketOf(name);
  const seconds = await countAttempt(db, bucket);
  if (seconds > 0) return { outcome: "locked", seconds };
  const known = isName(name) ? await findOperator(db, name) : undefined;
  const fits = await isPassword(known?.password ?? null, password);
  const session = known && fits ? await openSession(db, known) : null;
  if (!known || !session) return { outcome: "wrong" };
  await forgiveFailures(db, name);
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

/** Somebody who has shown who they are begins anew. */
export async function forgiveFailures(db: Db, name: string): Promise<void> {
  await inOneStatement(db, () =>
    db.deleteFrom("sign_in_failures").where("bucket", "=", bucketOf(name)).execute(),
  );
}

/**
 * Counts an attempt before it is looked at, so that a hundred at once get no hundred looks; a
 * right password takes it back. Answers for how many seconds the name is locked, 0 if it is not.
 */
async function countAttempt(db: Db, bucket: number): Promise<number> {
  const { rows } = await inOneStatement(db, () =>
    sql<{ failures: number }>`
      INSERT INTO sign_in_failures AS f (bucket, failures, locked_until, at)
      VALUES (${bucket}, 1, now(), now())
      ON CONFLICT (bucket) DO UPDATE SET (failures, locked_until, at) = (
        SELECT n, now() + make_interval(secs => CASE WHEN n < ${freeFailures}::int THEN 0 ELSE
          least(2 ^ least(n - ${freeFailures}::int, 20), ${longestLockSeconds}::int) END), now()
        FROM (SELECT CASE WHEN f.at < now() - make_interval(secs => ${forgetSeconds}) THEN 1
          ELSE f.failures + 1 END AS n) AS counted
      ) WHERE f.locked_until <= now()
      RETURNING failures`.execute(db),
  );
  if (rows.length > 0) return 0;
  const lock = await inOneStatement(db, () =>
    db
      .selectFrom("sign_in_failures")
      .select(sql<number>`ceil(extract(epoch FROM locked_until - now()))::int`.as("seconds"))
      .where("bucket", "=", bucket)
      .executeTakeFirst(),
  );
  return Math.max(1, lock?.seconds ?? 1);
}

function bucketOf(name: string): number {
  return createHash("sha256").update(name).digest().readUIntBE(0, 3);
}
