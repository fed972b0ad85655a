-- A row of an order under way is written anew a few times in its first seconds. Where its page has
-- room for that, less has to be logged, and what no index holds is changed without the indexes.
-- What is there already stays as it is.
ALTER TABLE orders SET (fillfactor = 70);
ALTER TABLE payments SET (fillfactor = 60);
ALTER TABLE holds SET (fillfactor = 60);
ALTER TABLE notifications SET (fillfactor = 60);
ALTER TABLE order_contacts SET (fillfactor = 60);
ALTER TABLE webhook_events SET (fillfactor = 60);

-- The entries of an order name it, and its payment, four times: each is looked up once.
CREATE OR REPLACE FUNCTION entries_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT order_id, payment_id FROM fresh) AS named
    WHERE (order_id IS NOT NULL AND (SELECT id FROM orders WHERE id = named.order_id) IS NULL)
      OR (payment_id IS NOT NULL AND (SELECT id FROM payments WHERE id = named.payment_id) IS NULL)
  ) THEN
    RAISE foreign_key_violation
      USING MESSAGE = 'ledger_entries refer to no order, or to no payment';
  END IF;
  RETURN NULL;
END $$;
