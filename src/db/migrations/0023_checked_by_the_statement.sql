-- What many rows of a batch refer to is looked up once a statement, by its key: a foreign key asks
-- for each row by a statement of its own, and writes a lock into the row that it finds. It was a
-- fifth of what an order cost PostgreSQL. docs/decisions/0026 says what is as safe, and why.
ALTER TABLE order_lines DROP CONSTRAINT order_lines_order_id_fkey,
  DROP CONSTRAINT order_lines_sku_fkey;
ALTER TABLE order_events DROP CONSTRAINT order_events_order_id_fkey;
ALTER TABLE holds DROP CONSTRAINT holds_order_id_fkey, DROP CONSTRAINT holds_sku_location_fkey;
ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_hold_id_fkey,
  DROP CONSTRAINT stock_movements_sku_location_fkey;
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_order_id_fkey,
  DROP CONSTRAINT ledger_entries_payment_id_fkey;
-- It refers to the order's event, and so to the order.
ALTER TABLE notifications DROP CONSTRAINT notifications_order_id_fkey;

-- A look by key for each row, not a join: whatever PostgreSQL knew of the tables when it planned.
CREATE FUNCTION lines_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh WHERE (SELECT id FROM orders WHERE id = fresh.order_id) IS NULL
      OR (SELECT sku FROM products WHERE sku = fresh.sku) IS NULL
  ) THEN
    RAISE foreign_key_violation USING MESSAGE = 'order_lines refer to no order, or to no product';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lines_refer AFTER INSERT ON order_lines REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION lines_refer();
CREATE TRIGGER changed_lines_refer AFTER UPDATE ON order_lines REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION lines_refer();

CREATE FUNCTION events_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh WHERE (SELECT id FROM orders WHERE id = fresh.order_id) IS NULL
  ) THEN
    RAISE foreign_key_violation USING MESSAGE = 'order_events refer to no order';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER events_refer AFTER INSERT ON order_events REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION events_refer();

CREATE FUNCTION holds_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh WHERE (SELECT id FROM orders WHERE id = fresh.order_id) IS NULL
      OR (SELECT stock.sku FROM stock
        WHERE stock.sku = fresh.sku AND stock.location = fresh.location) IS NULL
  ) THEN
    RAISE foreign_key_violation USING MESSAGE = 'holds refer to no order, or to no stock';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER holds_refer AFTER INSERT ON holds REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION holds_refer();

CREATE FUNCTION movements_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh WHERE (SELECT stock.sku FROM stock
        WHERE stock.sku = fresh.sku AND stock.location = fresh.location) IS NULL
      OR (hold_id IS NOT NULL AND (SELECT id FROM holds WHERE id = fresh.hold_id) IS NULL)
  ) THEN
    RAISE foreign_key_violation USING MESSAGE = 'stock_movements refer to no stock, or to no hold';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER movements_refer AFTER INSERT ON stock_movements REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION movements_refer();

CREATE FUNCTION entries_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh
    WHERE (order_id IS NOT NULL AND (SELECT id FROM orders WHERE id = fresh.order_id) IS NULL)
      OR (payment_id IS NOT NULL
        AND (SELECT id FROM payments WHERE id = fresh.payment_id) IS NULL)
  ) THEN
    RAISE foreign_key_violation USING
      MESSAGE = 'ledger_entries refer to no order, or to no payment';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entries_refer AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION entries_refer();

-- The other side: nothing here deletes what these rows refer to, or gives it another key. So
-- nobody can come between the look and the COMMIT.
CREATE FUNCTION refuse_to_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE foreign_key_violation USING MESSAGE = format(
    '%s stay, and keep what they refer to and are known by: other rows refer to them.',
    TG_TABLE_NAME
  );
END $$;
CREATE TRIGGER orders_stay BEFORE DELETE OR UPDATE OF id ON orders
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER payments_stay BEFORE DELETE OR UPDATE OF id ON payments
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER products_stay BEFORE DELETE OR UPDATE OF sku ON products
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER stock_stays BEFORE DELETE OR UPDATE OF sku, location ON stock
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER holds_stay BEFORE DELETE OR UPDATE OF id, order_id, sku, location ON holds
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER events_stay BEFORE UPDATE OF order_id ON order_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER movements_stay BEFORE UPDATE OF hold_id, sku, location ON stock_movements
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
