import { type Breakage, openLedger } from "./breakages.ts";
import { goodsBreakages } from "./goods-breakages.ts";

/** Further ways in which some of them can be broken. */
export const otherBreakages: [string, Breakage][] = [
  ...goodsBreakages,
  [
    "orders_hold_what_they_promise",
    ({ payable }) => [`UPDATE holds SET status = 'sold' WHERE order_id = '${payable}'`],
  ],
  [
    "orders_hold_what_they_promise",
    ({ payable }) => [`UPDATE holds SET quantity = quantity + 1 WHERE order_id = '${payable}'`],
  ],
  [
    "orders_hold_what_they_promise",
    ({ paid }) => [`UPDATE holds SET status = 'held' WHERE order_id = '${paid}'`],
  ],
  [
    "orders_hold_what_they_promise",
    ({ paid }) => [`DELETE FROM order_lines WHERE order_id = '${paid}' AND sku = 'pot'`],
  ],
  [
    "every_hold_has_its_movements",
    ({ cancelled }) => [
      `DELETE FROM stock_movements WHERE kind = 'release'
       AND hold_id IN (SELECT id FROM holds WHERE order_id = '${cancelled}')`,
    ],
  ],
  [
    "captures_are_booked_where_they_lie",
    ({ refunded }) => [
      // All is booked as if it had come by other means, and Stripe is asked to give it back.
      openLedger,
      `UPDATE ledger_entries SET account = 'external'
       WHERE account = 'stripe' AND order_id = '${refunded}'`,
      `UPDATE payments SET provider = 'external', reference = 'till 7', intent_id = NULL,
         secret_stored_at = NULL
       WHERE order_id = '${refunded}'`,
    ],
  ],
  [
    "captures_are_booked_where_they_lie",
    ({ paid }) => [
      openLedger,
      `UPDATE ledger_entries SET account = 'external'
       WHERE account = 'stripe' AND order_id = '${paid}'`,
    ],
  ],
  [
    "disputed_money_is_booked",
    ({ disputed }) => [
      openLedger,
      `DELETE FROM ledger_entries WHERE order_id = '${disputed}' AND account = 'disputed'`,
      `UPDATE disputes SET status = 'lost', due_at = NULL WHERE order_id = '${disputed}'`,
    ],
  ],
  [
    "disputed_money_is_booked",
    ({ disputed }) => [
      `UPDATE disputes SET status = 'won', due_at = NULL, closed_at = now() - interval '15 days'
       WHERE order_id = '${disputed}'`,
    ],
  ],
  [
    "paid_means_captured",
    ({ paid }) => [`UPDATE payments SET currency = 'eur' WHERE order_id = '${paid}'`],
  ],
  [
    "paid_means_captured",
    ({ paid }) => [`UPDATE payments SET captured_currency = 'eur' WHERE order_id = '${paid}'`],
  ],
  [
    "one_captured_payment_per_order",
    ({ refunded }) => [
      // What came twice and could not go back must call for a person.
      `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, captured_minor,
         captured_currency, captured_at)
       SELECT gen_random_uuid(), order_id, 2, status, amount_minor, currency, captured_minor,
         captured_currency, captured_at
       FROM payments WHERE order_id = '${refunded}'`,
      `UPDATE orders SET attention = NULL WHERE id = '${refunded}'`,
    ],
  ],
  [
    "captured_money_is_known",
    ({ refunded }) => [
      `UPDATE orders SET status = 'cancelled', attention = NULL WHERE id = '${refunded}'`,
    ],
  ],
  [
    "ledger_balances",
    ({ paid }) => [
      openLedger,
      `UPDATE ledger_entries SET currency = 'eur'
       WHERE order_id = '${paid}' AND account = 'stripe'`,
    ],
  ],
  [
    "ledger_equals_payments",
    ({ refunded }) => [
      openLedger,
      `DELETE FROM ledger_entries
       WHERE order_id = '${refunded}' AND movement LIKE 'refund_failed:%'`,
    ],
  ],
  [
    "ledger_equals_payments",
    ({ paid }) => [
      openLedger,
      `UPDATE ledger_entries SET currency = 'eur' WHERE order_id = '${paid}'`,
    ],
  ],
  [
    "refunds_within_captures",
    ({ refunded }) => [`UPDATE refunds SET currency = 'eur' WHERE order_id = '${refunded}'`],
  ],
  [
    "refunds_within_captures",
    ({ refunded }) => [
      `UPDATE refunds SET status = 'requested', amount_minor = 501, due_at = now()
       WHERE order_id = '${refunded}' AND status = 'failed'`,
    ],
  ],
  [
    "refunded_is_booked",
    ({ refunded }) => [
      `UPDATE refunds SET status = 'succeeded'
       WHERE order_id = '${refunded}' AND status = 'failed'`,
    ],
  ],
  [
    "whatever_waits_has_a_clock",
    ({ disputed }) => [
      "ALTER TABLE disputes DROP CONSTRAINT no_dispute_waits_without_a_clock",
      `UPDATE disputes SET due_at = NULL WHERE order_id = '${disputed}'`,
    ],
  ],
  [
    "nothing_is_overdue",
    ({ refunded }) => [
      `UPDATE refunds SET status = 'requested', due_at = now() - interval '1 second'
       WHERE order_id = '${refunded}' AND status = 'failed'`,
    ],
  ],
  [
    "histories_have_no_gaps",
    ({ payable }) => [`UPDATE orders SET version = version + 1 WHERE id = '${payable}'`],
  ],
  [
    "histories_follow_the_lifecycle",
    ({ reserving }) => [
      `UPDATE order_events SET from_status = NULL WHERE order_id = '${reserving}' AND seq = 2`,
    ],
  ],
  [
    "histories_follow_the_lifecycle",
    ({ rejected }) => [`UPDATE orders SET status = 'expired' WHERE id = '${rejected}'`],
  ],
  [
    "whatever_waits_has_a_clock",
    () => [
      "ALTER TABLE notifications DROP CONSTRAINT no_message_waits_without_a_clock",
      "UPDATE notifications SET status = 'pending'",
    ],
  ],
  [
    "nothing_is_overdue",
    ({ payable }) => [
      `UPDATE payments SET due_at = now() - interval '1 second' WHERE order_id = '${payable}'`,
    ],
  ],
  [
    "one_confirmation_per_paid_order",
    () => [
      "UPDATE notifications SET status = 'failed', reason = NULL WHERE template = 'order_paid'",
    ],
  ],
  [
    "one_confirmation_per_paid_order",
    ({ alsoPaid }) => [
      `INSERT INTO notifications (id, order_id, seq, template, channel, status)
       VALUES (gen_random_uuid(), '${alsoPaid}', 1, 'order_paid', 'email', 'sent')`,
    ],
  ],
  [
    "a_key_names_one_order",
    () => [
      `INSERT INTO idempotency_keys (shop_id, operation, key, fingerprint, resource_id)
       SELECT id, 'place_order', 'a key of nothing', '', gen_random_uuid()::text FROM shops`,
    ],
  ],
  [
    "persons_stay_while_the_order_lives",
    ({ paid }) => [`UPDATE order_contacts SET erase_at = NULL WHERE order_id = '${paid}'`],
  ],
];
