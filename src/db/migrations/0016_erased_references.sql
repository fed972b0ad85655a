-- What a shop calls a customer, and how it names a discount of theirs, goes with the person. Those
-- who were erased before are forgotten here.
UPDATE orders SET customer_ref = NULL
WHERE customer_ref IS NOT NULL AND status NOT IN ('draft', 'reserving', 'awaiting_payment')
  AND NOT EXISTS (SELECT FROM order_contacts WHERE order_id = orders.id);
UPDATE order_adjustments SET name = '[erased]' FROM orders
WHERE orders.id = order_id AND status NOT IN ('draft', 'reserving', 'awaiting_payment')
  AND NOT EXISTS (SELECT FROM order_contacts AS c WHERE c.order_id = orders.id);

-- A draft may end without ever having had a contact, whose erasing would take the reference along.
CREATE INDEX orders_with_references ON orders (id)
  WHERE customer_ref IS NOT NULL AND status IN ('expired', 'cancelled');
