-- An order that ends without a contact now loses what its shop wrote of the customer as it ends:
-- nobody looks for such orders later. Those that ended before are forgotten here.
WITH alone AS MATERIALIZED (
  SELECT id FROM orders
  WHERE status IN ('expired', 'cancelled')
    AND NOT EXISTS (SELECT FROM order_contacts WHERE order_id = orders.id)
    AND (customer_ref IS NOT NULL OR EXISTS (
      SELECT FROM order_adjustments AS a WHERE a.order_id = orders.id AND a.name <> '[erased]'
    ))
  ORDER BY id FOR NO KEY UPDATE
), named AS (
  UPDATE order_adjustments SET name = '[erased]' FROM alone
  WHERE order_id = alone.id AND name <> '[erased]'
)
UPDATE orders SET customer_ref = NULL FROM alone
WHERE orders.id = alone.id AND customer_ref IS NOT NULL;

DROP INDEX orders_with_references;
