import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { type OrderSummary, type SummaryRow, summaryColumns, withContact } from "./find-order.ts";
import { type OrderStatus, orderStatuses } from "./lifecycle.ts";

/** Which of a shop's orders to list. They come newest first. */
export type OrderQuery = {
  shopId: string;
  /** Expired orders are listed only when they are asked for. */
  status?: OrderStatus | undefined;
  /** Those that call for a person's look, expired ones among them. */
  callsForAPerson?: boolean;
  emailHashes?: Buffer[] | undefined;
  placedFrom?: Date | undefined;
  placedBefore?: Date | undefined;
  limit: number;
  /** The id of the last order of the page before. */
  after?: string | undefined;
};

/** Ids carry the time of the process that made them: no clock may be off by more than this. */
const clockToleranceMs = 3_600_000;

/** An order in a list, with its lines counted: a hundred orders of a thousand are megabytes. */
export type ListedOrder = OrderSummary & { lineCount: number };

/** Reads one page of a shop's orders. */
export async function listOrders(db: Db, query: OrderQuery): Promise<ListedOrder[]> {
  const { rows } = await sql<SummaryRow & ListedOrder>`
    WITH page AS MATERIALIZED (${pageOf(query)})
    SELECT ${summaryColumns},
      (SELECT count(*) FROM order_lines WHERE order_id = o.id) AS "lineCount"
    FROM page JOIN orders AS o ON o.id = page.id
    LEFT JOIN order_contacts AS c ON c.order_id = o.id
    ORDER BY o.id DESC`.execute(db);
  return rows.map(withContact);
}

/**
 * The ids of the page. The newest of each status that counts are found by an index; how many
 * there are of each PostgreSQL knows, so each is asked for by itself.
 */
function pageOf(query: OrderQuery): RawBuilder<unknown> {
  const { status, callsForAPerson, limit } = query;
  const newest = (conditions: RawBuilder<unknown>[]) => sql`(
    SELECT o.id FROM orders AS o WHERE ${allOf(conditions)} ORDER BY o.id DESC LIMIT ${limit})`;
  const conditions = conditionsOf(query);
  if (status || callsForAPerson) return newest(conditions);
  const statuses = orderStatuses.filter((each) => each !== "expired");
  const pages = statuses.map((each) => newest([...conditions, sql`o.status = ${each}`]));
  return sql`${sql.join(pages, sql` UNION ALL `)} ORDER BY id DESC LIMIT ${limit}`;
}

function conditionsOf(query: OrderQuery): RawBuilder<unknown>[] {
  const { shopId, status, callsForAPerson, emailHashes, placedFrom, placedBefore, after } = query;
  const conditions = [sql`o.shop_id = ${shopId}`];
  if (callsForAPerson) conditions.push(sql`o.attention IS NOT NULL`);
  if (status) conditions.push(sql`o.status = ${status}`);
  if (after) conditions.push(sql`o.id < ${after}::uuid`);
  if (placedFrom) {
    conditions.push(sql`o.placed_at >= ${placedFrom}`);
    conditions.push(sql`o.id >= ${firstIdOf(placedFrom.getTime() - clockToleranceMs)}::uuid`);
  }
  if (placedBefore) {
    conditions.push(sql`o.placed_at < ${placedBefore}`);
    conditions.push(sql`o.id < ${firstIdOf(placedBefore.getTime() + clockToleranceMs)}::uuid`);
  }
  if (emailHashes) {
    conditions.push(sql`o.id IN (
      SELECT order_id FROM order_contacts WHERE email_hash = ANY(${emailHashes}::bytea[]))`);
  }
  return conditions;
}

function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join([...conditions], sql` AND `);
}

/** The lowest UUIDv7 of a moment: ids are kept in the order of time, so an index finds them. */
function firstIdOf(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
