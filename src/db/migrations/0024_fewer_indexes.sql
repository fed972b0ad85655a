-- Each version of a row is written into all indexes of its table: what one index can do as well is
-- not done by two.

-- The new ones first: that takes long, keeps nobody from reading, and the old ones guard meanwhile.
CREATE UNIQUE INDEX entries_by_name ON ledger_entries (movement, account);
CREATE UNIQUE INDEX movements_by_product ON stock_movements (sku, location, id);
-- Of all holds on an order's goods in one place one may live; each that is over counts for itself.
CREATE UNIQUE INDEX live_hold ON holds (
  order_id, sku, location, (CASE WHEN status NOT IN ('held', 'sold') THEN id END)
) NULLS NOT DISTINCT;
-- One message tells of a fact; those that were sent again, and letters, count for themselves.
CREATE UNIQUE INDEX message_per_fact ON notifications (
  order_id, seq, channel, recipient,
  (CASE WHEN resend_of IS NOT NULL OR order_id IS NULL THEN id END)
) NULLS NOT DISTINCT;

-- An entry has its movement and its account for a name, and nobody asked for its number.
ALTER TABLE ledger_entries DROP COLUMN id, DROP CONSTRAINT a_movement_is_booked_once,
  ADD CONSTRAINT a_movement_is_booked_once PRIMARY KEY USING INDEX entries_by_name;
-- Movements are looked for by their product, in the order of their numbers.
ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_pkey,
  ADD CONSTRAINT stock_movements_pkey PRIMARY KEY USING INDEX movements_by_product;
DROP INDEX stock_movements_by_sku, one_live_hold, holds_by_order, one_message_per_fact,
  notifications_by_order;
ALTER INDEX live_hold RENAME TO one_live_hold;
ALTER INDEX message_per_fact RENAME TO one_message_per_fact;

CREATE OR REPLACE FUNCTION tell_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM staff_rules) THEN
    RETURN NULL;
  END IF;
  INSERT INTO notifications (id, order_id, seq, template, channel, recipient, due_at)
  SELECT gen_random_uuid(), told.*, now() FROM (
    SELECT DISTINCT facts.order_id, facts.seq, 'staff_notice', rule.channel, rule.recipient
    FROM facts JOIN staff_rules AS rule ON rule.event = facts.event
    JOIN orders ON orders.id = facts.order_id
    WHERE orders.placed_at >= coalesce(
        (SELECT max(at) FROM installation_acts WHERE act = 'renew'), '-infinity'
      )
      AND (rule.minimums IS NULL
        OR orders.total_minor >= (rule.minimums->>orders.currency)::bigint)
      AND (rule.sku IS NULL OR EXISTS (
        SELECT FROM order_lines WHERE order_id = orders.id AND order_lines.sku LIKE rule.sku
      ))
    ORDER BY 1, 2, 4, 5
  ) AS told
  ON CONFLICT (
    order_id, seq, channel, recipient,
    (CASE WHEN resend_of IS NOT NULL OR order_id IS NULL THEN id END)
  ) DO NOTHING;
  RETURN NULL;
END
$$;

-- A shop's orders but the expired ones are those of each other status, put together.
DROP INDEX orders_by_shop;
