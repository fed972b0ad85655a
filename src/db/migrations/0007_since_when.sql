-- Since when a row's work fails without a success between: what `last_error` says alone is only
-- the last of it. It means nothing where `last_error` is null.
ALTER TABLE orders ADD COLUMN failing_since timestamptz;
ALTER TABLE payments ADD COLUMN failing_since timestamptz;
ALTER TABLE refunds ADD COLUMN failing_since timestamptz;
ALTER TABLE webhook_events ADD COLUMN failing_since timestamptz;
ALTER TABLE stripe_cursors ADD COLUMN failing_since timestamptz;
ALTER TABLE breaks ADD COLUMN failing_since timestamptz;
ALTER TABLE notifications ADD COLUMN failing_since timestamptz;

ALTER TABLE disputes
  ADD COLUMN failing_since timestamptz,
  -- The shop has answered the bank, in Stripe's dashboard: it is the bank's turn.
  ADD COLUMN is_answered boolean NOT NULL DEFAULT false,
  -- The bank only asks or asked: where it lets that rest, nothing was won.
  ADD COLUMN is_inquiry boolean NOT NULL DEFAULT false;
UPDATE disputes SET is_inquiry = true WHERE status = 'inquiry';
