import { sql } from "kysely";
import { liveHolds } from "../inventory/lifecycle.ts";
import { soldStatuses } from "../orders/lifecycle.ts";
import { goodsOfOrders } from "./goods.ts";
import { deadStatuses, type Invariant } from "./invariant.ts";

const holdStatusOf = sql`CASE orders.status WHEN 'awaiting_payment' THEN 'held' ELSE 'sold' END`;
/** Of the row `orders`: it holds all that is neither shipped nor cancelled. */
const isHolding = sql`orders.status = ANY(${["awaiting_payment", ...soldStatuses]}::text[])`;

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
    promise: "A hold took its quantity once; each part of it left once, or was given back once.",
    // A part that went its own way names the hold that took it: what that took is the sum of both.
    looked: sql`
      SELECT holds.id AS hold_id, order_id, sku, status, quantity, split_from, taken,
        moved.returned, shipped,
        coalesce(taken, 0) <> CASE WHEN split_from IS NULL THEN quantity + coalesce((
          SELECT sum(quantity) FROM holds AS part WHERE part.split_from = holds.id), 0) ELSE 0 END
        OR coalesce(moved.returned, 0) <> CASE status WHEN 'released' THEN quantity ELSE 0 END
        OR coalesce(shipped, 0) <> CASE status WHEN 'consumed' THEN quantity ELSE 0 END AS broken
      FROM holds LEFT JOIN (
        SELECT hold_id, sum(reserved_delta) FILTER (WHERE kind = 'reserve') AS taken,
          -sum(reserved_delta) FILTER (WHERE kind = 'release') AS returned,
          -sum(on_hand_delta) FILTER (WHERE kind = 'ship') AS shipped
        FROM stock_movements WHERE hold_id IS NOT NULL GROUP BY 1
      ) AS moved ON hold_id = holds.id`,
  },
  {
    name: "orders_hold_what_they_promise",
    promise: "What awaits payment is held, and what is paid is sold until it ships: each SKU.",
    // Both ways: goods without their hold, and a hold without its goods.
    looked: sql`
      SELECT order_id, sku, asked, held, wanted.hold_status AS wanted_status, hold_statuses,
        asked IS DISTINCT FROM held
        OR hold_statuses IS DISTINCT FROM ARRAY[wanted.hold_status] AS broken
      FROM (
        SELECT order_id, sku, ${holdStatusOf} AS hold_status, ordered - shipped - cancelled AS asked
        FROM ${goodsOfOrders} JOIN orders ON orders.id = order_id
        WHERE ${isHolding} AND ordered <> shipped + cancelled
      ) AS wanted FULL JOIN (
        SELECT order_id, sku, sum(quantity) AS held, array_agg(holds.status) AS hold_statuses
        FROM holds JOIN orders ON orders.id = order_id
        WHERE ${isHolding} AND holds.status = ANY(${liveHolds}::text[]) GROUP BY 1, 2
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
