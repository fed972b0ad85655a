import type { Db } from "../db/connect.ts";
import type { Shortage } from "../inventory/reserve.ts";
import type { OrderEvent, OrderRemark, OrderStatus } from "./lifecycle.ts";

/** One line of an order's history. */
export type HistoryEntry = {
  seq: number;
  event: OrderEvent | OrderRemark;
  from: OrderStatus | null;
  to: OrderStatus;
  actor: string;
  detail: Record<string, unknown>;
  at: Date;
};

/** Everything that ever happened to an order, in the order it happened. */
export async function orderHistory(db: Db, orderId: string): Promise<HistoryEntry[]> {
  return db
    .selectFrom("order_events")
    .select(["seq", "event", "from_status as from", "to_status as to", "actor", "detail", "at"])
    .where("order_id", "=", orderId)
    .orderBy("seq")
    .execute();
}

/** What was short when these orders were rejected, by the order's id. */
export async function shortagesOf(
  db: Db,
  orderIds: readonly string[],
): Promise<Map<string, Shortage[]>> {
  if (orderIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("order_events")
    .select(["order_id", "detail"])
    .where("order_id", "in", orderIds)
    .where("event", "=", "stock_refused")
    .orderBy("seq")
    .execute();
  return new Map(rows.map((row) => [row.order_id, row.detail["shortages"] as Shortage[]]));
}
