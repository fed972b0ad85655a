import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { inTransaction, type Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { putOnRecord } from "./on-record.ts";
import { hashPassword } from "./passwords.ts";
import { isName, type Operator, type Role, roles } from "./roles.ts";
import { forgiveFailures } from "./sign-in.ts";

/** Who changes an operator, and why. */
export type By = { actor: string; reason: string };

export type ListedOperator = Operator & {
  createdAt: Date;
  disabledAt: Date | null;
  /** When any of their open sessions was last used. */
  seenAt: Date | null;
};

export async function listOperators(db: Db): Promise<ListedOperator[]> {
  return await db
    .selectFrom("operators")
    .leftJoin("operator_sessions", "operator_sessions.operator", "operators.name")
    .groupBy("operators.name")
    .orderBy("operators.name")
    .select(["operators.name", "role", "operators.created_at as createdAt"])
    .select("disabled_at as disabledAt")
    .select(({ fn }) => fn.max("seen_at").as("seenAt"))
    .execute();
}

/** @throws Refused where nobody of that name may sign in */
export async function operatorNamed(db: Db, name: string): Promise<Operator> {
  const found = await db
    .selectFrom("operators")
    .select(["name", "role"])
    .where("name", "=", name)
    .where("disabled_at", "is", null)
    .executeTakeFirst();
  if (found) return found;
  const message = `No operator "${name}" may sign in. See npm run operators -- list.`;
  throw new Refused("operator_not_found", message);
}

/** @throws Refused when the name is taken or is no name, or the password too short */
export async function addOperator(
  db: Db,
  { name, role, password }: { name: string; role: string; password: string },
  by: By,
): Promise<void> {
  if (!isName(name)) {
    throw new Refused(
      "operator_name",
      `"${name}" is no name for a login: use up to 40 small letters, digits, dots and dashes.`,
    );
  }
  const known = roleNamed(role);
  const kept = await hashPassword(password);
  await inTransaction(db, async (trx) => {
    const { numInsertedOrUpdatedRows: added } = await trx
      .insertInto("operators")
      .values({ name, role: known, password: kept })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (added !== 1n) throw new Refused("operator_exists", `There is an operator ${name} already.`);
    await onRecord(trx, "operator_added", name, by, { role: known });
  });
}

/** They may do from their next request on what the new role may. */
export async function setRole(db: Db, name: string, role: string, by: By): Promise<void> {
  const known = roleNamed(role);
  await change(db, name, { role: known }, (trx) =>
    onRecord(trx, "operator_role_set", name, by, { role: known }),
  );
}

/** Ends all their sessions: somebody else may have had the old password. */
export async function setPassword(db: Db, name: string, password: string, by: By): Promise<void> {
  const kept = await hashPassword(password);
  await change(db, name, { password: kept }, async (trx) => {
    await endSessionsOf(trx, name);
    await forgiveFailures(trx, name);
    await onRecord(trx, "operator_password_set", name, by);
  });
}

/** Ends all their sessions, and lets nobody in under that name. What they did stays on record. */
export async function disableOperator(db: Db, name: string, by: By): Promise<void> {
  await change(db, name, { disabled_at: sql<Date>`coalesce(disabled_at, now())` }, async (trx) => {
    await endSessionsOf(trx, name);
    await onRecord(trx, "operator_disabled", name, by);
  });
}

export async function enableOperator(db: Db, name: string, by: By): Promise<void> {
  await change(db, name, { disabled_at: null }, async (trx) => {
    await forgiveFailures(trx, name);
    await onRecord(trx, "operator_enabled", name, by);
  });
}

type Change = {
  role?: Role;
  password?: string;
  disabled_at?: ReturnType<typeof sql<Date>> | null;
};

async function change(
  db: Db,
  name: string,
  to: Change,
  andThen: (trx: Trx) => Promise<void>,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable("operators")
      .set(to)
      .where("name", "=", name)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      throw new Refused("operator_unknown", `There is no operator "${name}".`);
    }
    await andThen(trx);
  });
}

async function endSessionsOf(trx: Trx, name: string): Promise<void> {
  await trx.deleteFrom("operator_sessions").where("operator", "=", name).execute();
}

async function onRecord(
  trx: Trx,
  act: string,
  subject: string,
  by: By,
  input: Record<string, unknown> = {},
): Promise<void> {
  await putOnRecord(trx, [{ ...by, act, subject, input }]);
}

function roleNamed(text: string): Role {
  const role = roles.find((each) => each === text);
  if (role) return role;
  throw new Refused("role_unknown", `"${text}" is no role. There are ${roles.join(", ")}.`);
}
