import { sql } from "kysely";
import type { Db } from "../../../src/db/connect.ts";

/** When an order was decided: by the commit of its payment, or of its rejection. */
export interface Decision {
  event: "payment_captured" | "stock_refused";
  at: number;
}

const page = 5_000;

/**
 * Reads from PostgreSQL when each order's decision was committed, by the machine's clock in
 * milliseconds: what an observer sees from outside is later.
 */
export async function decisionsOf(
  db: Db,
  orderIds: readonly string[],
): Promise<Map<string, Decision>> {
  const decisions = new Map<string, Decision>();
  for (let start = 0; start < orderIds.length; start += page) {
    const ids = orderIds.slice(start, start + page);
    const { rows } = await sql<Decision & { orderId: string }>`
      SELECT /* meter */ order_id AS "orderId", event,
        (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS at
      FROM order_events
      WHERE order_id = ANY(${ids}::uuid[])
        AND event IN ('payment_captured', 'stock_refused')`.execute(db);
    for (const { orderId, event, at } of rows) decisions.set(orderId, { event, at });
  }
  return decisions;
}
