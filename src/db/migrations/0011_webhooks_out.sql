-- Who is told of what happens to a shop's orders, and by which address.
CREATE TABLE webhook_endpoints (
  id              uuid        PRIMARY KEY,
  shop_id         uuid        NOT NULL REFERENCES shops,
  url             text        NOT NULL,
  description     text,
  -- Null: every event. Else those that are named here, by their names in a history.
  event_types     text[],
  payload_version smallint    NOT NULL DEFAULT 1,
  status          text        NOT NULL DEFAULT 'enabled',
  -- A person, or three days of failure; null while it is enabled.
  disabled_by     text,
  -- Every event of the shop since then, of these types, has a delivery.
  listens_since   timestamptz NOT NULL DEFAULT now(),
  -- Raised by what people change: the ETag.
  version         integer     NOT NULL DEFAULT 1,
  -- What signs, sealed as customers are; the one before it, too, for a while.
  key_id          text,
  sealed          bytea,
  old_key_id      text,
  old_sealed      bytea,
  old_until       timestamptz,
  -- The circuit: how often it failed since it last did not, since when, and for what reason.
  failures        integer     NOT NULL DEFAULT 0,
  down_since      timestamptz,
  failure         text,
  -- The one delivery that is let through while it fails.
  probe_id        uuid,
  last_success_at timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  -- When an endpoint that fails is tried again.
  due_at          timestamptz,
  round           smallint    NOT NULL DEFAULT 0,
  sweeps          smallint    NOT NULL DEFAULT 0,
  last_error      text,
  failing_since   timestamptz,
  CONSTRAINT endpoint_status_is_known CHECK (status IN (
    'enabled', 'failing', 'disabled', 'deleted'
  )),
  CONSTRAINT no_endpoint_waits_without_a_clock CHECK (
    (status IN ('failing')) = (due_at IS NOT NULL)
  ),
  CONSTRAINT a_failing_endpoint_says_since_when CHECK (
    status <> 'failing' OR down_since IS NOT NULL
  ),
  CONSTRAINT only_a_deleted_endpoint_has_no_secret CHECK (
    (status = 'deleted') = (sealed IS NULL) AND (sealed IS NULL) = (key_id IS NULL)
  ),
  CONSTRAINT an_old_secret_has_an_end CHECK (
    (old_sealed IS NULL) = (old_until IS NULL) AND (old_sealed IS NULL) = (old_key_id IS NULL)
  )
);
CREATE INDEX webhook_endpoints_by_shop ON webhook_endpoints (shop_id)
  WHERE status IN ('enabled', 'failing');
CREATE INDEX webhook_endpoints_by_due_at ON webhook_endpoints (due_at) WHERE due_at IS NOT NULL;

-- One row for each event and endpoint, written in the transaction of the event.
CREATE TABLE webhook_deliveries (
  id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  -- The order in which they were written.
  nr           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  endpoint_id  uuid        NOT NULL REFERENCES webhook_endpoints,
  -- An event as it happened, the same once more, or a trial that tells of no order.
  kind         text        NOT NULL DEFAULT 'event' CHECK (kind IN ('event', 'replay', 'test')),
  order_id     uuid,
  seq          integer,
  replay_of    uuid        REFERENCES webhook_deliveries ON DELETE SET NULL,
  status       text        NOT NULL,
  -- Raised each time it is woken: the job that parked it may not be gone yet.
  version      integer     NOT NULL DEFAULT 1,
  -- How often it was claimed for sending: only the last claim's outcome counts.
  tries        integer     NOT NULL DEFAULT 0,
  -- It is not sent before.
  ready_at     timestamptz NOT NULL DEFAULT now(),
  claimed_at   timestamptz,
  -- Of the last try.
  http_status  smallint,
  reason       text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  ended_at     timestamptz,
  due_at       timestamptz,
  round        smallint    NOT NULL DEFAULT 0,
  sweeps       smallint    NOT NULL DEFAULT 0,
  last_error   text,
  failing_since timestamptz,
  FOREIGN KEY (order_id, seq) REFERENCES order_events,
  CONSTRAINT delivery_status_is_known CHECK (status IN (
    'pending', 'sending', 'parked', 'delivered', 'failed', 'dropped'
  )),
  CONSTRAINT no_delivery_waits_without_a_clock CHECK (
    (status IN ('pending', 'sending', 'parked')) = (due_at IS NOT NULL)
    AND (due_at IS NULL) = (ended_at IS NOT NULL)
  ),
  CONSTRAINT only_a_test_tells_of_no_order CHECK (
    (kind = 'test') = (order_id IS NULL) AND (order_id IS NULL) = (seq IS NULL)
  )
);
CREATE UNIQUE INDEX one_delivery_per_event ON webhook_deliveries (endpoint_id, order_id, seq)
  WHERE kind = 'event';
CREATE INDEX webhook_deliveries_by_due_at ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_order ON webhook_deliveries (order_id);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, nr);
-- By kind, so that what happens now goes before what is told once more: 'event' < 'replay'.
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, status, kind, nr)
  WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_end ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_origin ON webhook_deliveries (replay_of)
  WHERE replay_of IS NOT NULL;
CREATE INDEX webhook_deliveries_given_up ON webhook_deliveries (created_at)
  WHERE status = 'failed';

-- Each try of a delivery, and what was answered.
CREATE TABLE webhook_attempts (
  delivery_id  uuid        NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  nr           integer     NOT NULL,
  at           timestamptz NOT NULL,
  milliseconds integer     NOT NULL,
  http_status  smallint,
  -- Why it is no success; null where it is one.
  reason       text,
  -- The beginning of the answer, with persons struck out.
  answer       text,
  PRIMARY KEY (delivery_id, nr)
);

-- A replay looks for a time; events are written in its order, so that this costs next to nothing.
CREATE INDEX order_events_by_time ON order_events USING brin (at);
