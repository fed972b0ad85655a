import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { findOrders, type OrderView } from "./find-order.ts";
import type { OrderStatus } from "./lifecycle.ts";

/** Which of a shop's orders to list. They come newest first. */
export type OrderQuery = {
  shopId: string;
  /** Expired orders are listed only when they are asked for. */
  status?: OrderStatus | undefined;
  emailHashes?: Buffer[] | undefined;
  placedFrom?: Date | undefined;
  placedBefore?: Date | undefined;
  limit: number;
  /** The id of the last order of the page before. */
  after?: string | undefined;
};

/** Ids carry the time of the process that made them: no clock may be off by more than this. */
const clockToleranceMs = 3_600_000;

/** Reads one page of a shop's orders, whole. */
export async function listOrders(db: Db, query: OrderQuery): Promise<OrderView[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT o.id FROM orders AS o WHERE ${allOf(conditionsOf(query))}
    ORDER BY o.id DESC LIMIT ${query.limit}`.execute(db);
  return findOrders(
    db,
    rows.map(({ id }) => id),
  );
}

function conditionsOf(query: OrderQuery): RawBuilder<unknown>[] {
  const { shopId, status, emailHashes, placedFrom, placedBefore, after } = query;
  const conditions = [sql`o.shop_id = ${shopId}`];
  conditions.push(status ? sql`o.status = ${status}` : sql`o.status <> 'expired'`);
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
