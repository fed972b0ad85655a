import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { fingerprints } from "../../fingerprint.ts";
import { lockWithKin } from "../../orders/kin.ts";
import { remark } from "../../orders/remark.ts";
import type { Act, Done } from "./act.ts";
import type { Performer, Wish } from "./act-request.ts";

/** An act that is being done, with its place on record. */
export type ActInHand<Kind extends { name: string } = Act> = Wish<Kind> & {
  actId: string;
  actor: string;
  /** Null for an event or a job that belongs to no order. */
  orderId: string | null;
  fingerprint: Buffer;
};

/** What an act that was done before answered then. */
export type Recorded = { actId: string; sentence: string; outcome: Record<string, unknown> };

export function inHand<Kind extends { name: string }>(
  wish: Wish<Kind>,
  { actor }: Performer,
  orderId: string | null,
  serverKey: string,
): ActInHand<Kind> {
  const { act, input, reason } = wish;
  const fingerprint = fingerprints(serverKey)({ act: act.name, orderId, input, reason });
  return { ...wish, actId: uuidv7(), actor, orderId, fingerprint };
}

/**
 * What was done under this key before; null where nothing was.
 *
 * @throws Refused where the key came with another request
 */
export async function findRecorded(
  db: Db | Trx,
  { actor, idempotencyKey, fingerprint }: ActInHand<{ name: string }>,
): Promise<Recorded | null> {
  const row = await db
    .selectFrom("operator_acts")
    .select(["id", "fingerprint", "outcome"])
    .where("actor", "=", actor)
    .where("idempotency_key", "=", idempotencyKey)
    .executeTakeFirst();
  if (!row) return null;
  if (!row.fingerprint.equals(fingerprint)) {
    const message = "This Idempotency-Key came with another request before. Use a new one.";
    throw new Refused("idempotency_key_reused", message);
  }
  const { sentence, ...outcome } = row.outcome;
  return { actId: row.id, sentence: String(sentence), outcome };
}

/** Twins under one key wait here for each other: the second finds what the first has done. */
export async function lockKey(
  trx: Trx,
  { actor, idempotencyKey }: Pick<ActInHand, "actor" | "idempotencyKey">,
): Promise<void> {
  const name = `operator_acts ${actor} ${idempotencyKey}`;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/**
 * Locks an order with its payments and refunds, and answers its version. Whoever changes an order
 * takes this lock first; an act may touch its goods before its refunds. Its kin is locked with it:
 * money that an act applies may close an order that was placed before this one.
 */
export async function lockWhole(trx: Trx, orderId: string): Promise<number | null> {
  const rows = await lockWithKin(trx, [orderId]);
  const ids = rows.map(({ id }) => id);
  for (const table of ["payments", "refunds"]) {
    await sql`
      SELECT id FROM ${sql.table(table)} WHERE order_id = ANY(${ids}::uuid[])
      ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  }
  return rows.find(({ id }) => id === orderId)?.version ?? null;
}

/** The act in the order's history. It raises the version: of two operators one comes too late. */
export async function remarkAct(trx: Trx, { act, actId, actor, orderId }: ActInHand) {
  if (orderId === null) return;
  const detail = { act: act.name, actId };
  await remark(trx, [{ orderId, event: "operator_acted", detail }], actor);
}

/** The act in the audit, in its own transaction: there is none that is not on record. */
export async function record(
  trx: Trx,
  inHand: ActInHand<{ name: string }>,
  done: Done,
): Promise<void> {
  const { act, actId: id, actor, orderId, reason, input, idempotencyKey, fingerprint } = inHand;
  const row = {
    ...{ id, actor, act: act.name, order_id: orderId, subject: done.subject ?? null, reason },
    input: JSON.stringify(input),
    ...{ idempotency_key: idempotencyKey, fingerprint },
    outcome: JSON.stringify({ ...done.outcome, sentence: done.sentence }),
  };
  await trx.insertInto("operator_acts").values(row).execute();
}
