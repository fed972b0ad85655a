-- Whether goods were cancelled with the word that their money stays with the shop. What was to go
-- back and failed, or was gone before, was not kept.
ALTER TABLE line_cancellations ADD COLUMN keeps_money boolean;
-- A cancellation and its event were written in one transaction, so at the same moment.
UPDATE line_cancellations AS made SET keeps_money = refund_id IS NULL AND EXISTS (
  SELECT FROM order_events AS e WHERE e.order_id = made.order_id AND e.at = made.cancelled_at
    AND event = 'lines_cancelled' AND detail->>'refund' = 'none'
);
ALTER TABLE line_cancellations
  ALTER COLUMN keeps_money SET NOT NULL,
  ADD CONSTRAINT kept_money_has_no_refund CHECK (NOT (keeps_money AND refund_id IS NOT NULL));
