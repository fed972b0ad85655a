-- What waits for an endpoint is sent in the order of this index: what happened before what is told
-- once more, and of each the least tried first. What a receiver refuses again and again must not
-- stand before what it would take.
DROP INDEX webhook_deliveries_waiting;
CREATE INDEX webhook_deliveries_waiting
  ON webhook_deliveries (endpoint_id, status, kind, tries, nr) WHERE due_at IS NOT NULL;
