import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import { uuidOrNull } from "../../../payments/inbox.ts";

/** Which acts to list; they come newest first. */
export type ActQuery = {
  actor: string | null;
  act: string | null;
  /** An order's id or its number. */
  order: string | null;
  /** The id of the last act of the page before. */
  before: string | null;
};

export type ActRow = {
  id: string;
  actor: string;
  act: string;
  orderId: string | null;
  number: string | null;
  subject: string | null;
  reason: string;
  input: Record<string, unknown>;
  outcome: Record<string, unknown>;
  at: Date;
};

export const actPageSize = 50;

/** Reads one page of the audit. Ids follow time, so that they are the pages' order too. */
export async function listActs(db: Db, query: ActQuery): Promise<ActRow[]> {
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  if (query.actor) conditions.push(sql`actor = ${query.actor}`);
  if (query.act) conditions.push(sql`act = ${query.act}`);
  if (query.before) conditions.push(sql`a.id < ${uuidOrNull(query.before)}::uuid`);
  if (query.order) {
    conditions.push(sql`order_id = (
      SELECT id FROM orders WHERE number = upper(${query.order})
      UNION ALL SELECT ${uuidOrNull(query.order)}::uuid LIMIT 1
    )`);
  }
  const { rows } = await sql<ActRow>`
    WITH page AS MATERIALIZED (
      SELECT a.* FROM operator_acts AS a WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY a.id DESC LIMIT ${actPageSize + 1}
    )
    SELECT page.id, actor, act, order_id AS "orderId", number, subject, reason, input, outcome, at
    FROM page LEFT JOIN orders ON orders.id = order_id ORDER BY page.id DESC`.execute(db);
  return rows;
}

/** The last act that was done: acts only ever become more. */
export async function latestAct(db: Db): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM operator_acts ORDER BY id DESC LIMIT 1`.execute(db);
  return rows[0]?.id ?? "";
}
