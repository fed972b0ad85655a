import { sql } from "kysely";
import { liveStatuses } from "../payments/lifecycle.ts";
import type { Invariant } from "./invariant.ts";

/** What must be true of orders that change. */
export const edits: readonly Invariant[] = [
  {
    name: "edits_wait_with_their_orders",
    promise: "What an order is to become is kept as long as it closes for that, and no longer.",
    looked: sql`
      SELECT orders.id AS order_id, number, status, closing,
        coalesce(closing = 'edited', false) <> (order_edits.order_id IS NOT NULL) AS broken
      FROM orders LEFT JOIN order_edits ON order_edits.order_id = orders.id`,
  },
  {
    name: "payments_ask_for_the_total",
    promise: "What a customer can pay is what the order comes to now.",
    looked: sql`
      SELECT payments.id AS payment_id, order_id, number, amount_minor, total_minor,
        payments.status = ANY(${liveStatuses}::text[]) AND orders.status = 'awaiting_payment'
        AND amount_minor <> total_minor AS broken
      FROM payments JOIN orders ON orders.id = order_id`,
  },
];
