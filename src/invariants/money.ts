import { sql } from "kysely";
import { moneyIsFlagged } from "../orders/attention.ts";
import { soldStatuses } from "../orders/lifecycle.ts";
import { moneyKept, moneyLeft } from "../orders/refunds/money-left.ts";
import { liveStatuses } from "../payments/lifecycle.ts";
import { deadStatuses, type Invariant, type Limits } from "./invariant.ts";

/** Of a captured payment: all of it goes back, as far as was asked for or is known. */
const isGivenBack = sql`captured_minor <= (
  SELECT coalesce(sum(amount_minor), 0) FROM refunds
  WHERE payment_id = payments.id AND refunds.status <> 'failed'
)`;
const hasFailedRefund = sql`EXISTS (
  SELECT FROM refunds WHERE payment_id = payments.id AND refunds.status = 'failed'
)`;
/** Of a payment and its order: a person has dealt with its money, and none but that is named. */
const isDealtWith = sql`(orders.settled_at IS NOT NULL AND EXISTS (
  SELECT FROM order_events AS e WHERE e.order_id = orders.id AND event = 'settled'
    AND jsonb_exists(detail -> 'payments', payments.id::text)
))`;
/** Its money is shown to a person, or one has dealt with it. */
const isWithAPerson = sql`(${moneyIsFlagged} OR ${isDealtWith})`;

/** Nothing that came for the order fits it: a person decides about all of it. */
const isUnderReview = sql`(orders.status = 'awaiting_payment' AND ${moneyIsFlagged})`;

/** What must be true of money that came. */
const captures: readonly Invariant[] = [
  {
    name: "one_captured_payment_per_order",
    promise: "No order is paid for twice: what came besides goes back, or calls for a person.",
    looked: sql`
      SELECT order_id, array_agg(payments.id) AS payments, sum(captured_minor) AS captured,
        count(*) FILTER (
          WHERE NOT ${isGivenBack} AND NOT ${hasFailedRefund} AND NOT ${isDealtWith}
            AND NOT ${isUnderReview}
        ) > 1
        OR (count(*) FILTER (WHERE NOT ${isGivenBack}) > 1 AND bool_or(NOT ${isWithAPerson}))
          AS broken
      FROM payments JOIN orders ON orders.id = order_id
      WHERE payments.status = 'captured' GROUP BY 1`,
  },
  {
    name: "paid_means_captured",
    promise: "A paid order's money is captured: the same amount, in the same currency.",
    looked: sql`
      SELECT id AS order_id, number, total_minor, currency, NOT EXISTS (
        SELECT FROM payments WHERE order_id = orders.id AND payments.status = 'captured'
          AND captured_minor = total_minor AND captured_currency = orders.currency
          AND payments.currency = orders.currency
      ) AS broken
      FROM orders WHERE status = ANY(${soldStatuses}::text[])`,
  },
  {
    name: "captured_money_is_known",
    promise: "Money that was captured is an order's, goes back in full, or calls for a person.",
    looked: sql`
      SELECT payments.id AS payment_id, order_id, number, orders.status, captured_minor,
        orders.status <> ALL(${soldStatuses}::text[]) AND NOT ${isWithAPerson}
        AND NOT ${isGivenBack} AND NOT EXISTS (
          SELECT FROM order_events AS e WHERE e.order_id = orders.id
            AND event = 'cancelled_after_payment' AND detail->>'refund' = 'none'
        ) AND ${moneyLeft} > ${moneyKept} AS broken
      FROM payments JOIN orders ON orders.id = order_id WHERE payments.status = 'captured'`,
  },
];

/** What must be true of payments, and of what orders cost. */
export function money({ patienceSeconds }: Limits): Invariant[] {
  return [
    {
      name: "totals_add_up",
      promise: "An order's total is the sum of its lines and adjustments.",
      looked: sql`
        SELECT orders.id AS order_id, number, total_minor, goods, coalesce(adjusted, 0) AS adjusted,
          coalesce(goods, 0) + coalesce(adjusted, 0) <> total_minor AS broken
        FROM orders
        LEFT JOIN (
          SELECT order_id, sum(quantity * unit_price_minor) AS goods FROM order_lines GROUP BY 1
        ) AS lines ON lines.order_id = orders.id
        LEFT JOIN (
          SELECT order_id, sum(amount_minor) AS adjusted FROM order_adjustments GROUP BY 1
        ) AS adjustments ON adjustments.order_id = orders.id`,
    },
    ...captures,
    {
      name: "dead_orders_have_no_living_payment",
      promise: "Soon after an order ended, nothing of its payment is left open and unattended.",
      // Money that is on its way is followed to its end; and an order may end although Stripe could
      // not be asked, which is then asked again and again.
      looked: sql`
        SELECT payments.id AS payment_id, order_id, number, orders.status,
          payments.status AS payment_status, payments.last_error,
          payments.status = ANY(${liveStatuses}::text[])
          AND payments.status <> 'processing' AND payments.last_error IS NULL
          AND (SELECT max(at) FROM order_events AS e WHERE e.order_id = orders.id)
            <= now() - make_interval(secs => ${patienceSeconds}) AS broken
        FROM payments JOIN orders ON orders.id = order_id
        WHERE orders.status = ANY(${deadStatuses}::text[])`,
    },
    {
      name: "secrets_only_while_payable",
      promise: "The means to pay are kept only while the order awaits its payment.",
      looked: sql`
        SELECT payments.id AS payment_id, order_id, number, orders.status,
          client_secret IS NOT NULL AND orders.status <> 'awaiting_payment' AS broken
        FROM payments JOIN orders ON orders.id = order_id`,
    },
  ];
}
