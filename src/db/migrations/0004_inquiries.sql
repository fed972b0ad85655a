-- A bank may ask about a payment before it takes anything back: an inquiry, which a refund settles
-- and which therefore blocks none.
ALTER TABLE disputes
  DROP CONSTRAINT dispute_status_is_known,
  DROP CONSTRAINT no_dispute_waits_without_a_clock;
ALTER TABLE disputes
  ADD CONSTRAINT dispute_status_is_known CHECK (status IN ('inquiry', 'open', 'won', 'lost')),
  ADD CONSTRAINT no_dispute_waits_without_a_clock
    CHECK ((status IN ('inquiry', 'open')) = (due_at IS NOT NULL));
