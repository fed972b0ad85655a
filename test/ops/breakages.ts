import type { SmallWorld } from "./small-world.ts";

/** Statements that break a sound world. A CHECK that stands in their way is dropped first. */
type Breakage = (world: SmallWorld) => string[];

/** One for each invariant, by its name. */
export const breakages: Record<string, Breakage> = {
  reserved_equals_live_holds: () => ["UPDATE stock SET reserved = reserved + 1 WHERE sku = 'cup'"],
  stock_equals_its_movements: () => ["UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'pot'"],
  stock_is_within_bounds: () => [
    "ALTER TABLE stock DROP CONSTRAINT nothing_is_oversold",
    "UPDATE stock SET on_hand = reserved - 1 WHERE sku = 'pot'",
  ],
  every_hold_has_its_movements: ({ paid }) => [
    "DROP INDEX a_hold_moves_once_each_way",
    `INSERT INTO stock_movements (sku, location, kind, reserved_delta, hold_id, actor)
     SELECT sku, location, 'reserve', quantity, id, 'test' FROM holds WHERE order_id = '${paid}'`,
  ],
  orders_hold_what_they_promise: ({ paid }) => [
    `UPDATE order_lines SET quantity = quantity + 1 WHERE order_id = '${paid}' AND sku = 'pot'`,
  ],
  dead_orders_hold_nothing: ({ cancelled }) => [
    `UPDATE holds SET status = 'held' WHERE order_id = '${cancelled}'`,
  ],
  totals_add_up: ({ paid }) => [
    `UPDATE order_adjustments SET amount_minor = amount_minor + 1 WHERE order_id = '${paid}'`,
  ],
  one_captured_payment_per_order: ({ paid }) => [
    `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, captured_minor)
     SELECT gen_random_uuid(), order_id, 2, status, amount_minor, currency, captured_minor
     FROM payments WHERE order_id = '${paid}'`,
  ],
  paid_means_captured: ({ paid }) => [
    `UPDATE payments SET captured_minor = captured_minor - 1 WHERE order_id = '${paid}'`,
  ],
  captured_money_is_known: ({ rejected }) => [
    `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, captured_minor)
     VALUES (gen_random_uuid(), '${rejected}', 1, 'captured', 5, 'gbp', 5)`,
  ],
  dead_orders_have_no_living_payment: ({ cancelled }) => [
    `UPDATE payments SET status = 'pending', due_at = now() + interval '1 hour'
     WHERE order_id = '${cancelled}'`,
  ],
  secrets_only_while_payable: ({ paid }) => [
    `UPDATE payments SET client_secret = 'pi_x_secret_y' WHERE order_id = '${paid}'`,
  ],
  every_order_has_a_history: ({ reserving }) => [
    `DELETE FROM order_events WHERE order_id = '${reserving}'`,
  ],
  histories_have_no_gaps: ({ payable }) => [
    `DELETE FROM order_events WHERE order_id = '${payable}' AND seq = 2`,
  ],
  histories_follow_the_lifecycle: ({ reserving }) => [
    `UPDATE order_events SET event = 'payment_captured'
     WHERE order_id = '${reserving}' AND seq = 2`,
  ],
  whatever_waits_has_a_clock: ({ payable }) => [
    "ALTER TABLE orders DROP CONSTRAINT no_order_waits_without_a_clock",
    `UPDATE orders SET due_at = NULL WHERE id = '${payable}'`,
  ],
  nothing_is_overdue: ({ payable }) => [
    `UPDATE orders SET due_at = now() - interval '1 second' WHERE id = '${payable}'`,
  ],
  one_confirmation_per_paid_order: ({ alsoPaid }) => [
    `DELETE FROM notifications WHERE order_id = '${alsoPaid}' AND channel = 'email'`,
  ],
  a_key_names_one_order: ({ paid }) => [
    `INSERT INTO idempotency_keys (shop_id, operation, key, fingerprint, resource_id)
     SELECT shop_id, operation, 'a second key', fingerprint, resource_id FROM idempotency_keys
     WHERE resource_id = '${paid}'`,
  ],
  persons_stay_while_the_order_lives: ({ payable }) => [
    `UPDATE order_contacts SET erase_at = now() WHERE order_id = '${payable}'`,
  ],
  stripe_writes_are_allowed: () => ["UPDATE installation SET stopped_because = 'a copy'"],
  no_break_stays_open: () => [
    `UPDATE breaks SET status = 'open', outcome = NULL, settled_at = NULL, due_at = now(),
     found_at = now() - interval '3 hours'`,
  ],
};

/** Further ways in which some of them can be broken. */
export const otherBreakages: [string, Breakage][] = [
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
    "paid_means_captured",
    ({ paid }) => [`UPDATE payments SET currency = 'eur' WHERE order_id = '${paid}'`],
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
