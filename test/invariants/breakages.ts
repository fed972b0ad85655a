import type { SmallWorld } from "./small-world.ts";

/** Statements that break a sound world. A CHECK that stands in their way is dropped first. */
export type Breakage = (world: SmallWorld) => string[];

/** Nothing in the ledger can be changed, but for those who take its guard away. */
export const openLedger = "ALTER TABLE ledger_entries DISABLE TRIGGER the_ledger_is_append_only";

/** One for each invariant, by its name; those of references are in orphan-breakages.ts. */
export const breakages: Record<string, Breakage> = {
  every_listener_is_told: ({ paid }) => [
    `DELETE FROM webhook_deliveries WHERE order_id = '${paid}' AND seq = 3`,
  ],
  dead_listeners_are_disabled: () => [
    `UPDATE webhook_endpoints SET status = 'failing', due_at = now() + interval '5 minutes',
       failures = 800, down_since = now() - interval '74 hours'`,
  ],
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
  goods_are_dealt_with_once: ({ shipping }) => [
    `UPDATE return_lines SET quantity = 3
     WHERE return_id IN (SELECT id FROM returns WHERE order_id = '${shipping}')`,
  ],
  statuses_fit_the_goods: ({ shipping }) => [
    `UPDATE orders SET status = 'completed' WHERE id = '${shipping}'`,
  ],
  shipped_goods_are_consumed: ({ completed }) => [
    `UPDATE shipment_lines SET quantity = 1
     WHERE shipment_id IN (SELECT id FROM shipments WHERE order_id = '${completed}')`,
  ],
  returned_goods_come_back_once: ({ shipping }) => [
    `UPDATE return_lines SET restock = false
     WHERE return_id IN (SELECT id FROM returns WHERE order_id = '${shipping}')`,
  ],
  lines_are_refunded_once: ({ shipping }) => [
    `UPDATE refund_lines SET quantity = 4
     WHERE refund_id IN (SELECT id FROM refunds WHERE order_id = '${shipping}')`,
  ],
  dead_orders_hold_nothing: ({ cancelled }) => [
    `UPDATE holds SET status = 'held' WHERE order_id = '${cancelled}'`,
  ],
  edits_wait_with_their_orders: ({ payable }) => [
    `UPDATE orders SET closing = 'edited' WHERE id = '${payable}'`,
  ],
  payments_ask_for_the_total: ({ payable }) => [
    `UPDATE payments SET amount_minor = amount_minor + 1 WHERE order_id = '${payable}'`,
  ],
  totals_add_up: ({ paid }) => [
    `UPDATE order_adjustments SET amount_minor = amount_minor + 1 WHERE order_id = '${paid}'`,
  ],
  one_captured_payment_per_order: ({ paid }) => [
    `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, captured_minor,
       captured_currency, captured_at)
     SELECT gen_random_uuid(), order_id, 2, status, amount_minor, currency, captured_minor,
       captured_currency, captured_at
     FROM payments WHERE order_id = '${paid}'`,
  ],
  one_wish_is_paid_once: ({ paid, alsoPaid }) => [
    `UPDATE orders SET pays_by_link = true WHERE id = '${alsoPaid}'`,
    `UPDATE order_events SET detail = jsonb_build_object('copies', '${paid}')
     WHERE order_id = '${alsoPaid}' AND event = 'placed'`,
  ],
  paid_means_captured: ({ paid }) => [
    `UPDATE payments SET captured_minor = captured_minor - 1 WHERE order_id = '${paid}'`,
  ],
  captured_money_is_known: ({ rejected }) => [
    `INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, captured_minor,
       captured_currency, captured_at)
     VALUES (gen_random_uuid(), '${rejected}', 1, 'captured', 5, 'gbp', 5, 'gbp', now())`,
  ],
  dead_orders_have_no_living_payment: ({ cancelled }) => [
    `UPDATE payments SET status = 'pending', due_at = now() + interval '1 hour'
     WHERE order_id = '${cancelled}'`,
  ],
  secrets_only_while_payable: ({ paid }) => [
    `UPDATE payments SET client_secret = 'pi_x_secret_y' WHERE order_id = '${paid}'`,
  ],
  ledger_balances: ({ paid }) => [
    openLedger,
    `UPDATE ledger_entries SET amount_minor = amount_minor + 1
     WHERE order_id = '${paid}' AND account = 'stripe'`,
  ],
  ledger_equals_payments: ({ paid }) => [
    openLedger,
    `UPDATE ledger_entries SET amount_minor = amount_minor + sign(amount_minor)
     WHERE order_id = '${paid}'`,
  ],
  captures_are_booked_where_they_lie: ({ paid }) => [
    `UPDATE payments SET provider = 'external', reference = 'till 7', intent_id = NULL,
       secret_stored_at = NULL
     WHERE order_id = '${paid}'`,
  ],
  refunds_within_captures: ({ refunded }) => [
    `UPDATE refunds SET amount_minor = 1001 WHERE order_id = '${refunded}'
     AND status = 'succeeded'`,
  ],
  refunded_is_booked: ({ refunded }) => [
    openLedger,
    `DELETE FROM ledger_entries WHERE order_id = '${refunded}' AND movement LIKE 'refund:%'`,
  ],
  disputed_money_is_booked: ({ disputed }) => [
    `UPDATE disputes SET status = 'lost', due_at = NULL WHERE order_id = '${disputed}'`,
  ],
  every_order_has_a_history: ({ reserving }) => [
    `DELETE FROM webhook_deliveries WHERE order_id = '${reserving}'`,
    `DELETE FROM order_events WHERE order_id = '${reserving}'`,
  ],
  histories_have_no_gaps: ({ payable }) => [
    `DELETE FROM webhook_deliveries WHERE order_id = '${payable}' AND seq = 2`,
    `DELETE FROM order_events WHERE order_id = '${payable}' AND seq = 2`,
  ],
  histories_follow_the_lifecycle: ({ reserving }) => [
    `UPDATE order_events SET event = 'payment_captured'
     WHERE order_id = '${reserving}' AND seq = 2`,
  ],
  the_feed_follows_the_histories: ({ reserving }) => [
    `UPDATE order_events SET feed_position = 1 WHERE order_id = '${reserving}' AND seq = 2`,
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
  comparisons_come_through: () => [
    `UPDATE stripe_cursors SET position = now() - interval '37 hours'
     WHERE name = 'nightly_comparison'`,
  ],
};
