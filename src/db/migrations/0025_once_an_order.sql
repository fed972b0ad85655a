-- As in 0023, what is written once an order: a shop's orders would all lock the one row of their
-- shop, and several transactions that lock one row need a list of them.
ALTER TABLE orders DROP CONSTRAINT orders_shop_id_fkey;
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_shop_id_fkey;
ALTER TABLE order_contacts DROP CONSTRAINT order_contacts_order_id_fkey;
ALTER TABLE payments DROP CONSTRAINT payments_order_id_fkey;

CREATE FUNCTION shop_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM fresh WHERE (SELECT id FROM shops WHERE id = fresh.shop_id) IS NULL) THEN
    RAISE foreign_key_violation USING MESSAGE = format('%s refer to no shop', TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER orders_refer AFTER INSERT ON orders REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION shop_is_there();
CREATE TRIGGER keys_refer AFTER INSERT ON idempotency_keys REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION shop_is_there();

CREATE FUNCTION order_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh WHERE (SELECT id FROM orders WHERE id = fresh.order_id) IS NULL
  ) THEN
    RAISE foreign_key_violation USING MESSAGE = format('%s refer to no order', TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER contacts_refer AFTER INSERT ON order_contacts REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION order_is_there();
CREATE TRIGGER payments_refer AFTER INSERT ON payments REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION order_is_there();

CREATE TRIGGER shops_stay BEFORE DELETE OR UPDATE OF id ON shops
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER orders_stay_in_their_shop BEFORE UPDATE OF shop_id ON orders
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER keys_stay BEFORE UPDATE OF shop_id ON idempotency_keys
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER contacts_stay BEFORE UPDATE OF order_id ON order_contacts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
CREATE TRIGGER payments_stay_with_their_order BEFORE UPDATE OF order_id ON payments
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_leave();
