import { sql } from "kysely";

/**
 * The order of an event `e` of Stripe's: by its payment, as the facts of orders hold events. One
 * that only names an intent is no order's yet: replayed, it is matched anew.
 */
export const orderOfEvent = sql`(SELECT order_id FROM payments WHERE payments.id = e.payment_id)`;
