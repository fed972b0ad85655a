import { type RawBuilder, sql } from "kysely";
import { kinFrom } from "../orders/kin.ts";
import { soldStatuses } from "../orders/lifecycle.ts";
import type { Invariant } from "./invariant.ts";

/** What the shop has of an order's money: what is asked to go back counts as gone. */
function keptOf(orderId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    SELECT coalesce(sum(captured_minor), 0) FROM payments
    WHERE order_id = ${orderId} AND payments.status = 'captured'
  ) - (
    SELECT coalesce(sum(amount_minor), 0) FROM refunds
    WHERE order_id = ${orderId} AND refunds.status <> 'failed'
  )`;
}

/** What must be true of an order and its copies. Of any two of them one at least is a copy. */
export const kin: readonly Invariant[] = [
  {
    name: "one_wish_is_paid_once",
    promise: "Of an order and its copies, one at most is sold with its money kept.",
    looked: sql`
      SELECT orders.id AS order_id, number, orders.status,
        pays_by_link AND ${keptOf(sql`orders.id`)} > 0 AND EXISTS (
          WITH RECURSIVE ${kinFrom(sql`SELECT orders.id`)}
          SELECT FROM kin JOIN orders AS other ON other.id = kin.id
          WHERE other.id <> orders.id AND other.status = ANY(${soldStatuses}::text[])
            AND ${keptOf(sql`other.id`)} > 0
        ) AS broken
      FROM orders WHERE orders.status = ANY(${soldStatuses}::text[])`,
  },
];
