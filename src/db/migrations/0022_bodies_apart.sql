-- What an event is made of stands beside it: the event is written once more when it is settled,
-- and its body of more than a kilobyte went along. Written in the statement that stores the event,
-- which is never deleted; so nothing checks the reference.
CREATE TABLE webhook_bodies (
  event_id  text        NOT NULL,
  body      bytea       NOT NULL,
  -- What came with a webhook's body, its signature among it.
  headers   jsonb,
  -- It goes 30 days after its event was settled.
  stored_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO webhook_bodies (event_id, body, headers, stored_at)
SELECT id, body, headers, received_at FROM webhook_events WHERE body IS NOT NULL;
ALTER TABLE webhook_bodies ADD PRIMARY KEY (event_id);
CREATE INDEX webhook_bodies_by_age ON webhook_bodies (stored_at);

-- Those of a payment are few, whatever they wait for: webhook_events_by_payment finds them. And
-- whether webhooks come is seen from the latest events, in webhook_events_by_time.
DROP INDEX webhook_events_waiting, webhook_events_by_arrival;

-- A column that is dropped stays in the rows that have it, and few of these are ever written
-- again: each is written anew here, so that no disk and no backup keeps a body for longer.
ALTER TABLE webhook_events DROP COLUMN body, DROP COLUMN headers,
  ALTER COLUMN intent_id TYPE text USING intent_id || '';
