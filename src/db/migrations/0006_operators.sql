-- Who may work on the operators' pages, and as what.
CREATE TABLE operators (
  name         text        PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
  role         text        NOT NULL,
  -- scrypt, with its parameters and its salt.
  password     text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  disabled_at  timestamptz,
  CONSTRAINT operator_role_is_known CHECK (role IN ('viewer', 'operator', 'admin'))
);

CREATE TABLE operator_sessions (
  -- SHA-256 of what the browser has. That itself is kept nowhere.
  id         bytea       PRIMARY KEY,
  operator   text        NOT NULL REFERENCES operators ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator);
CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at);

-- Wrong passwords in a row: of a name from one caller, of a caller over all names, and of a name
-- over all callers (-1 stands for all). Names that nobody bears are counted too, or the count would
-- tell which there are: so by 24 bits of a hash, which keep the table small, and tell nothing of a
-- password that was typed as a name.
CREATE TABLE sign_in_failures (
  name         integer     NOT NULL,
  caller       integer     NOT NULL,
  failures     integer     NOT NULL,
  -- Until when no other is looked at.
  locked_until timestamptz NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (name, caller)
);

-- What operators did, each act once per key: the audit, append-only.
CREATE TABLE operator_acts (
  id              uuid        PRIMARY KEY,
  -- Who, such as ops:ann or cli:ann.
  actor           text        NOT NULL,
  act             text        NOT NULL,
  order_id        uuid        REFERENCES orders,
  -- What it was done to where the order alone does not say it: a message, an event, a job.
  subject         text,
  reason          text        NOT NULL CHECK (reason <> ''),
  input           jsonb       NOT NULL DEFAULT '{}',
  idempotency_key text        NOT NULL,
  -- A keyed hash of the request: the same key with another request is a mistake.
  fingerprint     bytea       NOT NULL,
  outcome         jsonb       NOT NULL,
  at              timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT an_act_is_done_once UNIQUE (actor, idempotency_key)
);
CREATE INDEX operator_acts_by_order ON operator_acts (order_id, at) WHERE order_id IS NOT NULL;
CREATE INDEX operator_acts_by_time ON operator_acts (at);
-- Whose person is to be erased by now, though an operator wrote of them later.
CREATE INDEX operator_acts_unerased ON operator_acts (at)
  WHERE order_id IS NOT NULL AND reason <> '[erased]';

-- The same act without what people wrote freely: they may have named somebody.
CREATE FUNCTION erased_texts(said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, CASE
    WHEN jsonb_typeof(value) = 'string' AND (
      key IN ('note', 'reference', 'returned') OR (key = 'sentence' AND said ? 'reference')
    ) THEN '"[erased]"' ELSE value END), '{}')
  FROM jsonb_each(said) AS each (key, value)
$$;
CREATE FUNCTION erased_act(act operator_acts) RETURNS operator_acts LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  -- Of what was paid by other means, the subject is the reference.
  IF act.outcome ? 'reference' AND act.subject IS NOT NULL THEN act.subject := '[erased]'; END IF;
  act.reason := '[erased]';
  act.input := erased_texts(act.input);
  act.outcome := erased_texts(act.outcome);
  RETURN act;
END $$;

-- What was done is never rewritten, but for two things: a person who is forgotten is forgotten
-- here too, and what had only begun may be told its end, once.
CREATE FUNCTION refuse_change_of_acts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ended operator_acts := OLD;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW IS NOT DISTINCT FROM erased_act(OLD) AND OLD.order_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM order_contacts WHERE order_contacts.order_id = OLD.order_id
    ) THEN RETURN NEW; END IF;
    ended.outcome := NEW.outcome;
    IF OLD.outcome = '{"state": "begun"}' AND NEW IS NOT DISTINCT FROM ended THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'operator_acts is append-only: what was done stays on record.';
END $$;
CREATE TRIGGER acts_are_append_only BEFORE UPDATE OR DELETE ON operator_acts
  FOR EACH ROW EXECUTE FUNCTION refuse_change_of_acts();
CREATE TRIGGER acts_are_not_emptied BEFORE TRUNCATE ON operator_acts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE orders
  -- An operator placed it for a customer: it is paid by a link that is sent as soon as it can be.
  ADD COLUMN pays_by_link boolean NOT NULL DEFAULT false,
  -- What happened until then a person has dealt with: it is no problem any more.
  ADD COLUMN settled_at   timestamptz;

-- Money that came by other means than Stripe: an admin books it, and says where it is to be found.
ALTER TABLE payments
  ADD COLUMN provider  text NOT NULL DEFAULT 'stripe',
  ADD COLUMN reference text,
  ADD CONSTRAINT provider_is_known CHECK (provider IN ('stripe', 'external')),
  ADD CONSTRAINT paid_elsewhere_says_where CHECK (
    (provider = 'external') = (reference IS NOT NULL)
  ),
  ADD CONSTRAINT paid_elsewhere_is_no_intent CHECK (
    provider = 'stripe' OR (status = 'captured' AND intent_id IS NULL)
  );

-- A message that is sent again is a new row which points to the old.
ALTER TABLE notifications ADD COLUMN resend_of uuid REFERENCES notifications;
ALTER TABLE notifications DROP CONSTRAINT one_message_per_fact;
CREATE UNIQUE INDEX one_message_per_fact ON notifications (order_id, seq, channel, recipient)
  WHERE resend_of IS NULL;
CREATE INDEX notifications_by_origin ON notifications (resend_of) WHERE resend_of IS NOT NULL;

-- What the operators' pages look for.
CREATE INDEX notifications_by_order ON notifications (order_id);
CREATE INDEX notifications_by_provider_id ON notifications (provider_id)
  WHERE provider_id IS NOT NULL;
-- A row that waits is in trouble once its work failed, or was fruitlessly asked for three times.
CREATE INDEX notifications_in_trouble ON notifications (created_at)
  WHERE status = 'failed' OR (due_at IS NOT NULL AND (last_error IS NOT NULL OR sweeps > 2));
CREATE INDEX orders_in_trouble ON orders (due_at)
  WHERE due_at IS NOT NULL AND (last_error IS NOT NULL OR sweeps > 2);
CREATE INDEX payments_in_trouble ON payments (due_at)
  WHERE due_at IS NOT NULL AND (last_error IS NOT NULL OR sweeps > 2);
CREATE INDEX webhook_events_in_trouble ON webhook_events (due_at)
  WHERE due_at IS NOT NULL AND (last_error IS NOT NULL OR sweeps > 2 OR status = 'unmatched');
CREATE INDEX webhook_events_given_up ON webhook_events (settled_at) WHERE status = 'abandoned';
CREATE INDEX refunds_on_their_way ON refunds (status, created_at)
  WHERE status IN ('requested', 'pending');
CREATE INDEX disputes_in_trouble ON disputes (opened_at) WHERE due_at IS NOT NULL;
CREATE INDEX breaks_by_order ON breaks (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX products_by_sku_bytes ON products (sku COLLATE "C");
-- Who holds a product: what is sold stays held until it is shipped, so that it may be very many.
DROP INDEX live_holds_by_sku;
CREATE INDEX live_holds_by_sku ON holds (sku, location, status, created_at)
  WHERE status IN ('held', 'sold');
CREATE INDEX webhook_events_by_time ON webhook_events (received_at, id);
-- Nearly all events are webhooks of a payment that succeeded, and applied: they stay out of these.
CREATE INDEX webhook_events_of_rare_types ON webhook_events (type, received_at, id)
  WHERE type <> 'payment_intent.succeeded';
CREATE INDEX webhook_events_set_aside ON webhook_events (received_at, id)
  WHERE status IN ('foreign', 'ignored', 'abandoned');
CREATE INDEX webhook_events_from_the_list ON webhook_events (received_at, id)
  WHERE source = 'cursor';
CREATE INDEX webhook_events_by_payment ON webhook_events (payment_id, received_at);
-- What failing jobs flagged is over once they work: until then their rows are in trouble.
CREATE INDEX orders_by_attention_of_all ON orders (id)
  WHERE attention IS NOT NULL AND attention NOT LIKE '%\_keeps\_failing';

-- What the sweeper last found of each invariant.
CREATE TABLE invariant_findings (
  name       text        PRIMARY KEY,
  promise    text        NOT NULL,
  examined   bigint      NOT NULL,
  broken     bigint      NOT NULL,
  -- The first of the offending rows.
  rows       jsonb       NOT NULL DEFAULT '[]',
  checked_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE invariant_rounds (
  only_one boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  due_at   timestamptz NOT NULL DEFAULT now()
);
INSERT INTO invariant_rounds DEFAULT VALUES;

ALTER TABLE heartbeats ADD COLUMN started_at timestamptz NOT NULL DEFAULT now();
