import { connect } from "../../src/db/connect.ts";
import { createLog } from "../../src/log.ts";
import { addOperator } from "../../src/ops/access/operators.ts";
import { generatePassword, isPassword } from "../../src/ops/access/passwords.ts";
import { type Role, roles } from "../../src/ops/access/roles.ts";

/** A login that is ready in the local world: one for each role, of the same name. */
export type Login = { name: Role; password: string };

/**
 * The local logins: those remembered if the database still knows them, else new ones. One that
 * somebody has given another password, or disabled, is theirs, and left out.
 */
export async function ensureLogins(
  databaseUrl: string,
  remembered: readonly Login[] = [],
): Promise<Login[]> {
  const log = createLog("start", { level: "warn", format: "pretty" });
  const settings = { DATABASE_URL: databaseUrl, DATABASE_POOL: 1 };
  const db = connect(settings, log, { name: "aurora start" });
  try {
    const logins: Login[] = [];
    for (const name of [...roles].reverse()) {
      const login = remembered.find((each) => each.name === name);
      const password = login?.password ?? generatePassword();
      const known = await db
        .selectFrom("operators")
        .select(["password", "disabled_at"])
        .where("name", "=", name)
        .executeTakeFirst();
      const by = { actor: "cli:start", reason: "a ready login of the local world" };
      if (!known) await addOperator(db, { name, role: name, password }, by);
      const isOurs = known ? await isPassword(known.password, password) : true;
      if (isOurs && !known?.disabled_at) logins.push({ name, password });
    }
    return logins;
  } finally {
    await db.destroy();
  }
}
