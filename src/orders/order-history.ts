import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Shortage } from "../inventory/reserve.ts";
import type { OrderStatus } from "./lifecycle.ts";
import type { HistoryEvent } from "./told-events.ts";

/** One line of an order's history, with where the order came from and who moved it. */
export type HistoryEntry = HistoryEvent & { from: OrderStatus | null; actor: string };

/** Everything that happened to an order after the event `after`, in the order it happened. */
export async function orderHistory(db: Db, orderId: string, after = 0): Promise<HistoryEntry[]> {
  return db
    .selectFrom("order_events as e")
    .innerJoin("orders as o", "o.id", "e.order_id")
    .select(["e.order_id as orderId", "o.number as orderNumber", "e.seq", "e.event"])
    .select(["e.from_status as from", "e.to_status as to", "e.actor", "e.detail", "e.at"])
    .where("e.order_id", "=", orderId)
    .where("e.seq", ">", after)
    .orderBy("e.seq")
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
    // One text, however many: each prepared statement has a name, of which there are only so many.
    .where(sql<boolean>`order_id = ANY(${orderIds}::uuid[])`)
    .where("event", "=", "stock_refused")
    .orderBy("seq")
    .execute();
  return new Map(rows.map((row) => [row.order_id, row.detail["shortages"] as Shortage[]]));
}
