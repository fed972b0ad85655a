import { type RawBuilder, sql } from "kysely";

/** When a row is looked at next, and what its last job failed of. */
export const waiting = sql`due_at AS "dueAt", round, last_error AS "lastError",
  CASE WHEN last_error IS NOT NULL THEN failing_since END AS "failingSince"`;

/** That a row belongs to one of the orders. */
export function ofOrders(ids: readonly string[]): RawBuilder<boolean> {
  return sql`order_id = ANY(${ids}::uuid[])`;
}

/** Rows by the order that they belong to; the order's id is no part of them any more. */
export function groupByOrder<Row extends { orderId: string }>(
  rows: readonly Row[],
): (orderId: string) => Omit<Row, "orderId">[] {
  const groups = Map.groupBy(rows, ({ orderId }) => orderId);
  return (orderId) => (groups.get(orderId) ?? []).map(({ orderId: _, ...row }) => row);
}
