ALTER TABLE orders
  DROP CONSTRAINT closing_is_known,
  ADD CONSTRAINT closing_is_known CHECK (closing IN ('expired', 'cancelled', 'edited'));

-- What an order is to become once its payment is cancelled at Stripe: a row for each order that is
-- closing because it was edited, whose clock is its order's.
CREATE TABLE order_edits (
  order_id   uuid        PRIMARY KEY REFERENCES orders,
  -- Lines, adjustments and total, priced when it was asked for.
  goods      jsonb       NOT NULL,
  -- Against the order's goods at that time, for its history.
  difference jsonb       NOT NULL,
  actor      text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
