import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { inOneStatement } from "../../db/transaction.ts";
import type { Operator } from "./roles.ts";

/** A working day; and so long somebody may be away from it. */
export const sessionSeconds = 8 * 3_600;
const idleSeconds = 3_600;
/** To have been seen is written down at most once in so long. */
const seenSeconds = 60;

export type OpenSession = { token: string; expiresAt: Date };

/**
 * Begins a session for who has just shown this password, unless it was changed meanwhile. What
 * the browser or the program gets is kept nowhere, only its hash.
 */
export async function openSession(
  db: Db,
  { name, password }: { name: string; password: string },
): Promise<OpenSession | null> {
  const token = randomBytes(32).toString("base64url");
  const { rows } = await inOneStatement(db, () =>
    sql<{ expiresAt: Date }>`
      INSERT INTO operator_sessions (id, operator, expires_at)
      SELECT ${hashOf(token)}, name, now() + make_interval(secs => ${sessionSeconds})
      FROM operators WHERE name = ${name} AND password = ${password} AND disabled_at IS NULL
      FOR SHARE
      RETURNING expires_at AS "expiresAt"`.execute(db),
  );
  return rows[0] ? { token, expiresAt: rows[0].expiresAt } : null;
}

/**
 * Who the session is for, as they are at this moment; null when it is over, was left alone for
 * too long, or they have been disabled since.
 */
export async function readSession(db: Db, token: string): Promise<Operator | null> {
  if (!/^[\w-]{43}$/.test(token)) return null;
  const id = hashOf(token);
  const found = await inOneStatement(db, () =>
    db
      .selectFrom("operator_sessions")
      .innerJoin("operators", "operators.name", "operator_sessions.operator")
      .where("operator_sessions.id", "=", id)
      .where("expires_at", ">", sql<Date>`now()`)
      .where("seen_at", ">", sql<Date>`now() - make_interval(secs => ${idleSeconds})`)
      .where("disabled_at", "is", null)
      .select(["operators.name", "role"])
      .select(sql<boolean>`seen_at < now() - make_interval(secs => ${seenSeconds})`.as("isStale"))
      .executeTakeFirst(),
  );
  if (!found) return null;
  if (found.isStale) await markSeen(db, id);
  return { name: found.name, role: found.role };
}

/** Only as good as it can be: a database that writes nothing at the moment may still be read. */
async function markSeen(db: Db, id: Buffer): Promise<void> {
  await db
    .updateTable("operator_sessions")
    .set({ seen_at: sql`now()` })
    .where("id", "=", id)
    .where("seen_at", "<", sql<Date>`now() - make_interval(secs => ${seenSeconds})`)
    .execute()
    .catch(() => undefined);
}

export async function endSession(db: Db, token: string): Promise<void> {
  await inOneStatement(db, () =>
    db.deleteFrom("operator_sessions").where("id", "=", hashOf(token)).execute(),
  );
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
