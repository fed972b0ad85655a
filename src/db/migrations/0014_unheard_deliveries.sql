-- An endpoint's log shows what it never heard, among all that it was told.
CREATE INDEX webhook_deliveries_unheard ON webhook_deliveries (endpoint_id, nr)
  WHERE status IN ('failed', 'dropped');
