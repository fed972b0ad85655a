import { sql } from "kysely";
import type { Invariant } from "./invariant.ts";

/** What became of each product of each order: its lines summed. */
export const goodsOfOrders = sql`(
  SELECT order_id, sku, sum(ordered) AS ordered, sum(shipped) AS shipped,
    sum(cancelled) AS cancelled, sum(returned) AS returned
  FROM (
    SELECT order_id, sku, quantity::bigint AS ordered, 0 AS shipped, 0 AS cancelled, 0 AS returned
    FROM order_lines
    UNION ALL SELECT order_id, sku, 0, quantity, 0, 0
    FROM shipment_lines JOIN shipments ON shipments.id = shipment_id
    UNION ALL SELECT order_id, sku, 0, 0, quantity, 0
    FROM cancelled_lines JOIN line_cancellations AS c ON c.id = cancellation_id
    UNION ALL SELECT order_id, sku, 0, 0, 0, quantity
    FROM return_lines JOIN returns ON returns.id = return_id
  ) AS counted GROUP BY 1, 2
) AS goods`;

/** What must be true of goods that are sold, shipped, cancelled and returned. */
export const goods: readonly Invariant[] = [
  {
    name: "goods_are_dealt_with_once",
    promise: "No more is shipped or cancelled than was ordered, nor returned than was shipped.",
    looked: sql`
      SELECT order_id, sku, ordered, shipped, cancelled, returned,
        shipped + cancelled > ordered OR returned > shipped AS broken
      FROM ${goodsOfOrders}`,
  },
  {
    name: "statuses_fit_the_goods",
    promise: "What ships has left in part, what is completed in full; nothing else has.",
    looked: sql`
      SELECT orders.id AS order_id, number, status, ordered, shipped, cancelled, CASE status
          WHEN 'fulfilling' THEN shipped = 0 OR shipped + cancelled >= ordered
          WHEN 'completed' THEN shipped = 0 OR shipped + cancelled <> ordered
          WHEN 'paid' THEN shipped > 0 OR cancelled >= ordered
          WHEN 'cancelled' THEN shipped > 0
          ELSE shipped + cancelled > 0
        END AS broken
      FROM orders JOIN (
        SELECT order_id, sum(ordered) AS ordered, sum(shipped) AS shipped,
          sum(cancelled) AS cancelled
        FROM ${goodsOfOrders} GROUP BY 1
      ) AS sums ON order_id = orders.id`,
  },
  {
    name: "shipped_goods_are_consumed",
    promise: "What was shipped of an order is what its own holds gave, and nothing else.",
    looked: sql`
      SELECT order_id, sku, shipped, consumed,
        coalesce(shipped, 0) <> coalesce(consumed, 0) AS broken
      FROM (
        SELECT order_id, sku, shipped FROM ${goodsOfOrders} WHERE shipped > 0
      ) AS gone FULL JOIN (
        SELECT order_id, sku, sum(quantity) AS consumed FROM holds
        WHERE status = 'consumed' GROUP BY 1, 2
      ) AS given USING (order_id, sku)`,
  },
  {
    name: "returned_goods_come_back_once",
    promise: "What is restocked of a return came into the stock once; what is not, did not.",
    looked: sql`
      SELECT return_id, sku, restocked, came, coalesce(restocked, 0) <> coalesce(came, 0) AS broken
      FROM (
        SELECT return_id, sku, sum(quantity) FILTER (WHERE restock) AS restocked
        FROM return_lines GROUP BY 1, 2
      ) AS wanted FULL JOIN (
        SELECT return_id, sku, sum(on_hand_delta) AS came FROM stock_movements
        WHERE kind = 'return' GROUP BY 1, 2
      ) AS moved USING (return_id, sku)`,
  },
  {
    name: "lines_are_refunded_once",
    promise: "Of no line more is refunded by its name than was ordered.",
    looked: sql`
      SELECT order_id, sku, refunded, ordered, refunded > coalesce(ordered, 0) AS broken
      FROM (
        SELECT order_id, sku, sum(quantity) AS refunded FROM refund_lines
        JOIN refunds ON refunds.id = refund_id WHERE status <> 'failed' GROUP BY 1, 2
      ) AS back LEFT JOIN (
        SELECT order_id, sku, sum(quantity) AS ordered FROM order_lines GROUP BY 1, 2
      ) AS lines USING (order_id, sku)`,
  },
];
