import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { tellEndpoints } from "../webhooks/write-deliveries.ts";
import type { OrderRemark } from "./lifecycle.ts";

/** Something that happened to an order without moving it. */
export type Remark = { orderId: string; event: OrderRemark; detail?: Record<string, unknown> };

/**
 * Writes remarks into the orders' history, in the order given. The caller holds the orders'
 * locks. Answers the seq of each: the facts that messages point to. The sweeper sends what other
 * systems are told of them, within its second.
 */
export async function remark(
  trx: Trx,
  remarks: readonly Remark[],
  actor: string,
): Promise<number[]> {
  if (remarks.length === 0) return [];
  const { rows } = await sql<{ seq: number }>`
    WITH wanted AS (
      SELECT w.*, row_number() OVER (PARTITION BY w.order_id ORDER BY w.nr)::integer AS step
      FROM unnest(
        ${remarks.map((each) => each.orderId)}::uuid[],
        ${remarks.map((each) => each.event)}::text[],
        ${remarks.map((each) => JSON.stringify(each.detail ?? {}))}::jsonb[]
      ) WITH ORDINALITY AS w (order_id, event, detail, nr)
    ), counted AS (
      UPDATE orders SET version = version + steps.count,
        feed_position = greatest(orders.feed_position, (SELECT feed_now()))
      FROM (SELECT order_id, count(*)::integer FROM wanted GROUP BY 1) AS steps
      WHERE orders.id = steps.order_id
      RETURNING orders.id, orders.status, orders.version - steps.count AS before,
        orders.shop_id, orders.feed_position
    ), written AS (
      INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor, detail,
        shop_id, feed_position)
      SELECT wanted.order_id, before + step, event, status, status, ${actor}, detail, shop_id,
        feed_position
      FROM wanted JOIN counted ON counted.id = wanted.order_id
    ), told AS (${tellEndpoints(
      sql`SELECT shop_id, order_id, before + step AS seq, event
        FROM wanted JOIN counted ON counted.id = wanted.order_id`,
      sql`now()`,
    )})
    SELECT before + step AS seq FROM wanted JOIN counted ON counted.id = wanted.order_id
    ORDER BY nr`.execute(trx);
  return rows.map((row) => row.seq);
}
