import { sql } from "kysely";
import { sentRefunds } from "../payments/lifecycle.ts";
import type { Invariant } from "./invariant.ts";

/** How long Stripe may take to give back the money of a dispute that was won. */
const returnDays = 14;
const isSent = sql`refunds.status = ANY(${sentRefunds}::text[])`;

/** What must be true of the ledger, and of the money that went back. */
export const ledger: readonly Invariant[] = [
  {
    name: "ledger_balances",
    promise: "Each movement has two entries in one currency, and they sum to zero.",
    looked: sql`
      SELECT movement, array_agg(account) AS accounts, sum(amount_minor) AS sum,
        sum(amount_minor) <> 0 OR count(*) <> 2 OR count(DISTINCT currency) <> 1 AS broken
      FROM ledger_entries GROUP BY movement`,
  },
  {
    name: "ledger_equals_payments",
    promise: "For each payment the ledger has what was captured, and what of it went back.",
    looked: sql`
      SELECT payments.id AS payment_id, order_id, captured_minor, captured_currency,
        coalesce(came, 0) AS booked, coalesce(refunded, 0) AS refunded,
        coalesce(went, 0) AS booked_refunded,
        captured_minor <> coalesce(came, 0) OR coalesce(refunded, 0) <> coalesce(went, 0)
        OR coalesce(currencies, ARRAY[]::text[])
          <> array_remove(ARRAY[captured_currency], NULL) AS broken
      FROM payments LEFT JOIN (
        SELECT payment_id,
          -sum(amount_minor) FILTER (WHERE movement = 'capture:' || payment_id) AS came,
          sum(amount_minor) FILTER (WHERE movement <> 'capture:' || payment_id) AS went,
          array_agg(DISTINCT currency) AS currencies
        FROM ledger_entries WHERE account = 'sales' GROUP BY 1
      ) AS sales ON sales.payment_id = payments.id LEFT JOIN (
        SELECT payment_id, sum(amount_minor) AS refunded FROM refunds WHERE ${isSent} GROUP BY 1
      ) AS back ON back.payment_id = payments.id`,
  },
  {
    name: "captures_are_booked_where_they_lie",
    promise: "Money is booked where it lies, and goes back from there, or as a person said it did.",
    looked: sql`
      SELECT payments.id AS payment_id, payments.order_id, provider, reference, account,
        (account = CASE provider WHEN 'external' THEN 'external' ELSE 'stripe' END) IS NOT TRUE
        OR (provider = 'external' AND EXISTS (
          SELECT FROM refunds WHERE payment_id = payments.id AND refunds.provider = 'stripe'
        )) OR (provider = 'stripe' AND EXISTS (
          SELECT FROM refunds WHERE payment_id = payments.id AND refunds.provider = 'external'
        ) AND NOT EXISTS (
          SELECT FROM order_events AS e WHERE e.order_id = payments.order_id
            AND event = 'settled' AND jsonb_exists(detail, 'returned')
        )) AS broken
      FROM payments LEFT JOIN ledger_entries
        ON movement = 'capture:' || payments.id AND account <> 'sales'
      WHERE payments.status = 'captured'`,
  },
  {
    name: "refunds_within_captures",
    promise: "No more goes back than was captured, and none of it in another currency.",
    // What a person gave back at Stripe itself is found later: then what we still ask for may be
    // too much, until Stripe refuses it.
    looked: sql`
      SELECT payment_id, payments.order_id, captured_minor, sum(refunds.amount_minor)
          FILTER (WHERE ${isSent}) AS sent,
        coalesce(sum(refunds.amount_minor) FILTER (WHERE ${isSent}), 0) > captured_minor
        OR (NOT bool_or(reason = 'made_at_stripe') AND coalesce(sum(refunds.amount_minor)
          FILTER (WHERE refunds.status <> 'failed'), 0) > captured_minor)
        OR bool_or(refunds.currency IS DISTINCT FROM captured_currency) AS broken
      FROM refunds JOIN payments ON payments.id = payment_id GROUP BY payments.id, payment_id`,
  },
  {
    name: "refunded_is_booked",
    promise: "A refund is booked when its money leaves, and back when it fails after that.",
    looked: sql`
      SELECT refunds.id AS refund_id, refunds.order_id, status, refunds.amount_minor,
        gone.amount_minor AS booked, back.amount_minor AS booked_back,
        CASE
          WHEN ${isSent} THEN gone.amount_minor IS DISTINCT FROM refunds.amount_minor
            OR gone.currency IS DISTINCT FROM refunds.currency OR back.amount_minor IS NOT NULL
            OR source.account IS DISTINCT FROM provider
          WHEN status = 'failed' THEN back.amount_minor IS DISTINCT FROM -gone.amount_minor
          ELSE gone.amount_minor IS NOT NULL OR back.amount_minor IS NOT NULL
        END AS broken
      FROM refunds
      LEFT JOIN ledger_entries AS gone
        ON gone.movement = 'refund:' || refunds.id AND gone.account = 'sales'
      LEFT JOIN ledger_entries AS source
        ON source.movement = 'refund:' || refunds.id AND source.account <> 'sales'
      LEFT JOIN ledger_entries AS back
        ON back.movement = 'refund_failed:' || refunds.id AND back.account = 'sales'`,
  },
  {
    name: "disputed_money_is_booked",
    promise: "What a lost dispute took is a loss, and nothing else is; a won one's comes back.",
    // Its money comes back a little later than the verdict.
    looked: sql`
      SELECT disputes.payment_id, array_agg(status) AS statuses, doubtful, lost,
        coalesce(doubtful, 0) < 0 OR coalesce(lost, 0) < 0
        OR (coalesce(doubtful, 0) <> 0 AND bool_and(status = 'lost'))
        OR (coalesce(doubtful, 0) <> 0 AND bool_and(status IN ('won', 'lost'))
          AND max(closed_at) < now() - make_interval(days => ${returnDays}))
        OR (coalesce(lost, 0) <> 0) <> bool_or(status = 'lost') AS broken
      FROM disputes LEFT JOIN (
        SELECT payment_id, sum(amount_minor) FILTER (WHERE account = 'disputed') AS doubtful,
          sum(amount_minor) FILTER (WHERE account = 'losses') AS lost
        FROM ledger_entries GROUP BY 1
      ) AS taken USING (payment_id) GROUP BY disputes.payment_id, doubtful, lost`,
  },
];
