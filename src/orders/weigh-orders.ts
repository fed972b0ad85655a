import { sql } from "kysely";
import type { Db } from "../db/connect.ts";

/** How many lines an order has: as much work it is to ship, cancel or free all of it. */
export async function countOrderLines(db: Db, orderId: string): Promise<number> {
  const { rows } = await sql<{ lines: number }>`
    SELECT count(*) AS lines FROM order_lines WHERE order_id = ${orderId}`.execute(db);
  return rows[0]?.lines ?? 0;
}
