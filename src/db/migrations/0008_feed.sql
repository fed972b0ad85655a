-- The feed of all events. Transactions commit in another order than their rows were numbered in:
-- so an event stands in the feed by the number of its transaction, and is shown once no
-- transaction with such a number can commit any more. A database that was restored may count its
-- transactions anew: then the generation rises, and every position is beyond all earlier ones.
CREATE TABLE feed_clock (
  only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  generation integer NOT NULL DEFAULT 0,
  -- 44 bits are the transaction's; together they stay a number that JavaScript counts exactly.
  CONSTRAINT a_position_is_a_safe_number CHECK (generation BETWEEN 0 AND 511)
);
INSERT INTO feed_clock DEFAULT VALUES;

-- Where an event that is written now stands.
CREATE FUNCTION feed_now() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (generation::bigint << 44) + pg_current_xact_id()::text::bigint FROM feed_clock
$$;
-- Below this, nothing can come any more: whatever is there can be seen.
CREATE FUNCTION feed_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (generation::bigint << 44) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  FROM feed_clock
$$;
-- At this and beyond, nothing that can be seen may stand.
CREATE FUNCTION feed_end() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (generation::bigint << 44) + pg_snapshot_xmax(pg_current_snapshot())::text::bigint
  FROM feed_clock
$$;

-- Where the order's last event stands: the next one must not stand before it, although its
-- transaction may have begun, and got its number, before.
ALTER TABLE orders ADD COLUMN feed_position bigint NOT NULL DEFAULT 0;

-- What was there before has been there: it stands at the beginning, in the order of its placing.
ALTER TABLE order_events
  ADD COLUMN feed_position bigint NOT NULL DEFAULT 0,
  -- The order's: each shop reads its own events, however many others there are.
  ADD COLUMN shop_id uuid;
ALTER TABLE order_events ALTER COLUMN feed_position SET DEFAULT feed_now();
UPDATE order_events SET shop_id = orders.shop_id FROM orders WHERE orders.id = order_id;
ALTER TABLE order_events ALTER COLUMN shop_id SET NOT NULL;
CREATE INDEX order_events_by_feed ON order_events (shop_id, feed_position, order_id, seq);
