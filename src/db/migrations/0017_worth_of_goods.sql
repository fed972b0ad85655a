-- What the goods of a refund were worth: their price with their share of the order's discounts and
-- taxes. Those of before were refunded at their prices.
ALTER TABLE refund_lines ADD COLUMN worth_minor bigint CHECK (worth_minor >= 0);
UPDATE refund_lines SET worth_minor = refund_lines.quantity * coalesce((
  SELECT min(unit_price_minor) FROM order_lines
  WHERE order_lines.order_id = refunds.order_id AND order_lines.sku = refund_lines.sku
), 0) FROM refunds WHERE refunds.id = refund_id;
ALTER TABLE refund_lines ALTER COLUMN worth_minor SET NOT NULL;
