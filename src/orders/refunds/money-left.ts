import { sql } from "kysely";

/** Of the row `payments`: how much of it has not gone back, and is not on its way there. */
export const moneyLeft = sql<number>`(captured_minor - coalesce((
  SELECT sum(amount_minor) FROM refunds WHERE payment_id = payments.id AND status <> 'failed'
), 0))::bigint`;
