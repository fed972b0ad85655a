import { sql } from "kysely";

/** Of the row `payments`: what its order's cancellation kept for goods whose money stays. */
export const moneyKept = sql<number>`coalesce((
  SELECT (detail->'kept'->>payments.id::text)::bigint FROM order_events AS e
  WHERE e.order_id = payments.order_id AND event = 'cancelled_after_payment'
    AND EXISTS (
      SELECT FROM line_cancellations AS c
      WHERE c.order_id = payments.order_id AND c.keeps_money
    )
), 0)`;

/** Of the row `payments`: how much of it has not gone back, and is not on its way there. */
export const moneyLeft = sql<number>`(captured_minor - coalesce((
  SELECT sum(amount_minor) FROM refunds WHERE payment_id = payments.id AND status <> 'failed'
), 0))::bigint`;
