import { sql } from "kysely";
import { liveHolds } from "../inventory/lifecycle.ts";
import { deadStatuses, type Invariant } from "./invariant.ts";

const holdStatusOf = sql`CASE orders.status WHEN 'paid' THEN 'sold' ELSE 'held' END`;

/** What must be true of stock, and of the orders that hold it. */
export const stock: readonly Invariant[] = [
  {
    name: "reserved_equals_live_holds",
    promise: "What is reserved of a product is what living holds take of it.",
    looked: sql`
      SELECT sku, location, reserved, coalesce(held, 0) AS held,
        reserved <> coalesce(held, 0) AS broken
      FROM stock LEFT JOIN (
        SELECT sku, location, sum(quantity) AS held FROM holds
        WHERE status = ANY(${liveHolds}::text[]) GROUP BY 1, 2
      ) AS living USING (sku, location)`,
  },
  {
    name: "stock_equals_its_movements",
    promise: "The counters of a product's stock are the sums of its movements.",
    looked: sql`
      SELECT sku, location, on_hand, coalesce(came, 0) AS moved_on_hand,
        reserved, coalesce(taken, 0) AS moved_reserved,
        on_hand <> coalesce(came, 0) OR reserved <> coalesce(taken, 0) AS broken
      FROM stock LEFT JOIN (
        SELECT sku, location, sum(on_hand_delta) AS came, sum(reserved_delta) AS taken
        FROM stock_movements GROUP BY 1, 2
      ) AS moved USING (sku, location)`,
  },
  {
    name: "stock_is_within_bounds",
    promise: "Nothing is oversold, and no count is below zero.",
    looked: sql`
      SELECT sku, location, on_hand, reserved, safety,
        on_hand < 0 OR reserved < 0 OR reserved > on_hand OR safety < 0 AS broken
      FROM stock`,
  },
  {
    name: "every_hold_has_its_movements",
    promise: "A hold took its quantity once, and gave it back once if it was released.",
    looked: sql`
      SELECT holds.id AS hold_id, order_id, sku, status, quantity, taken, returned,
        coalesce(taken, 0) <> quantity
        OR coalesce(returned, 0) <> CASE status WHEN 'released' THEN quantity ELSE 0 END AS broken
      FROM holds LEFT JOIN (
        SELECT hold_id, sum(reserved_delta) FILTER (WHERE kind = 'reserve') AS taken,
          -sum(reserved_delta) FILTER (WHERE kind = 'release') AS returned
        FROM stock_movements WHERE hold_id IS NOT NULL GROUP BY 1
      ) AS moved ON hold_id = holds.id`,
  },
  {
    name: "orders_hold_what_they_promise",
    promise: "What awaits payment is held, what is paid is sold: each SKU, summed over the lines.",
    // Both ways: a line without its hold, and a hold without its line.
    looked: sql`
      SELECT order_id, sku, asked, held, wanted.hold_status AS wanted_status, hold_statuses,
        asked IS DISTINCT FROM held
        OR hold_statuses IS DISTINCT FROM ARRAY[wanted.hold_status] AS broken
      FROM (
        SELECT order_id, sku, ${holdStatusOf} AS hold_status, sum(quantity) AS asked
        FROM order_lines JOIN orders ON orders.id = order_id
        WHERE orders.status IN ('awaiting_payment', 'paid') GROUP BY 1, 2, 3
      ) AS wanted FULL JOIN (
        SELECT order_id, sku, sum(quantity) AS held, array_agg(holds.status) AS hold_statuses
        FROM holds JOIN orders ON orders.id = order_id
        WHERE orders.status IN ('awaiting_payment', 'paid')
          AND holds.status = ANY(${liveHolds}::text[]) GROUP BY 1, 2
      ) AS taken USING (order_id, sku)`,
  },
  {
    name: "dead_orders_hold_nothing",
    promise: "Orders that were rejected, expired or cancelled hold no stock.",
    looked: sql`
      SELECT orders.id AS order_id, number, orders.status, count(holds.id) AS living_holds,
        count(holds.id) > 0 AS broken
      FROM orders LEFT JOIN holds
        ON holds.order_id = orders.id AND holds.status = ANY(${liveHolds}::text[])
      WHERE orders.status = ANY(${deadStatuses}::text[]) GROUP BY orders.id`,
  },
];
