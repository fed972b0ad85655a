import { type RawBuilder, sql } from "kysely";
import { asText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import { isOwnPayment, renewedAt } from "../../db/own-rows.ts";
import type { Trx } from "../../db/transaction.ts";

/** This installation's id: the stamp on everything that it makes at Stripe. */
export async function readInstallation(db: Db): Promise<string> {
  const { id } = await db.selectFrom("installation").select("id").executeTakeFirstOrThrow();
  return id;
}

/**
 * What the installation's id was made for. Null is unknown, and equal to anything: a restricted
 * key may not be allowed to ask whose it is.
 */
export type Stamp = { account: string | null; livemode: boolean | null; database: string | null };

export type Installation = {
  id: string;
  stamp: Stamp;
  stampedAt: string | null;
  /** Why nothing may be written to Stripe, or null. */
  stoppedBecause: string | null;
  /** When this database became an installation of its own, after being a copy of another's. */
  renewedAt: string | null;
  /** The database as it is now. */
  database: string;
};

/** Whether each intent is of this installation's own making, as far as we know the payment. */
export async function arePaymentsOwn(db: Db, intentIds: readonly string[]): Promise<boolean[]> {
  const { rows } = await sql<{ intentId: string }>`
    SELECT intent_id AS "intentId" FROM payments
    WHERE intent_id = ANY(${intentIds}::text[]) AND NOT ${isOwnPayment}`.execute(db);
  const copied = new Set(rows.map((row) => row.intentId));
  return intentIds.map((id) => !copied.has(id));
}

/** Which database cluster this is. Not every host lets it be asked, or knows the function. */
const systemIdentifier = sql`(SELECT system_identifier::text FROM pg_control_system())`;
const unknownSystem = sql`'?'`;
const mayAsk = sql`coalesce(
  has_function_privilege(to_regprocedure('pg_control_system()'), 'EXECUTE'), false)`;

/**
 * Reads the installation beside the database that it is read from. A copy by CREATE DATABASE has
 * another oid; one that was dumped and loaded elsewhere has another cluster's identifier, too. A
 * standby that takes over keeps both. A copy of the files, run beside its original, can't be told.
 */
export async function readWhole(db: Db | Trx): Promise<Installation> {
  const { rows: rights } = await sql<{ may: boolean }>`SELECT ${mayAsk} AS may`.execute(db);
  const system: RawBuilder<unknown> = rights[0]?.may ? systemIdentifier : unknownSystem;
  type Row = Omit<Installation, "stamp"> & Omit<Stamp, "database"> & { stamped: string | null };
  const { rows } = await sql<Row>`
    SELECT id, stripe_account AS account, livemode, database_identity AS stamped,
      ${asText(sql.ref("stamped_at"))} AS "stampedAt", stopped_because AS "stoppedBecause",
      ${asText(renewedAt)} AS "renewedAt",
      ${system} || '/' || (
        SELECT oid::text FROM pg_database WHERE datname = current_database()
      ) AS database
    FROM installation`.execute(db);
  const [row] = rows;
  if (!row) throw new Error("The installation's row is missing: run migrations.");
  const { account, livemode, stamped, ...rest } = row;
  return { ...rest, stamp: { account, livemode, database: stamped } };
}

/** What differs between the stamp and what a process found, each as a part of a sentence. */
export function differences(stamp: Stamp, found: Stamp): string[] {
  const parts: string[] = [];
  if (!sameDatabase(stamp.database, found.database)) {
    parts.push(`the database is ${found.database} and was ${stamp.database}`);
  }
  if (stamp.account !== null && found.account !== null && stamp.account !== found.account) {
    parts.push(`the Stripe account is ${found.account} and was ${stamp.account}`);
  }
  if (stamp.livemode !== null && found.livemode !== null && stamp.livemode !== found.livemode) {
    parts.push(`the Stripe key is for ${modeOf(found)} and was for ${modeOf(stamp)}`);
  }
  return parts;
}

/** Whether the database is another one than the stamp was made for. */
export function isCopied({ stamp, database }: Installation): boolean {
  return !sameDatabase(stamp.database, database);
}

function sameDatabase(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return true;
  const others = other.split("/");
  return one.split("/").every((part, index) => {
    const beside = others[index];
    return part === "?" || beside === "?" || part === beside;
  });
}

function modeOf({ livemode }: Stamp): string {
  return livemode ? "live money" : "test money";
}

/** Writes the first stamp, and later whatever part of it was unknown. */
export async function stamp(db: Db, found: Stamp): Promise<void> {
  await sql`
    UPDATE installation SET
      stripe_account = coalesce(stripe_account, ${found.account}),
      livemode = coalesce(livemode, ${found.livemode}),
      database_identity = coalesce(database_identity, ${found.database}),
      stamped_at = coalesce(stamped_at, clock_timestamp())`.execute(db);
}

/** Stops all writes to Stripe until an operator has decided; answers whether they went on. */
export async function stopWrites(db: Db, because: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE installation SET stopped_because = ${because}
    WHERE stopped_because IS NULL`.execute(db);
  return numAffectedRows === 1n;
}
