-- Which Stripe account and which database the installation's id was made for. A copied database
-- or other keys would write into somebody else's money: then nothing is written until an operator
-- has decided.
ALTER TABLE installation
  ADD COLUMN stripe_account    text,
  ADD COLUMN livemode          boolean,
  ADD COLUMN database_identity text,
  ADD COLUMN stamped_at        timestamptz,
  -- Why nothing may be written to Stripe, or null.
  ADD COLUMN stopped_because   text;

-- Since when the order's stock is held: HOLD_MAX counts from here.
ALTER TABLE orders ADD COLUMN held_at timestamptz;
UPDATE orders SET held_at = at FROM order_events AS e
WHERE e.order_id = orders.id AND e.event = 'stock_reserved';
ALTER TABLE orders ADD CONSTRAINT a_payable_order_is_held_since CHECK (
  status <> 'awaiting_payment' OR held_at IS NOT NULL
);

ALTER TABLE payments
  -- Stripe's own word, where it differs from ours.
  ADD COLUMN captured_currency text,
  ADD COLUMN captured_at       timestamptz,
  -- How the customer pays, such as card, in Stripe's words; how long it may be on its way
  -- depends on it.
  ADD COLUMN method            text,
  ADD COLUMN processing_since  timestamptz,
  -- When somebody who came back from paying last made us ask Stripe: it rests after that.
  ADD COLUMN refresh_asked_at  timestamptz;
UPDATE payments SET captured_currency = currency, captured_at = coalesce(observed_at, created_at)
WHERE status = 'captured';
UPDATE payments SET processing_since = now() WHERE status = 'processing';
ALTER TABLE payments
  DROP CONSTRAINT captured_means_money,
  ADD CONSTRAINT captured_means_money CHECK (
    (status = 'captured') = (captured_minor > 0)
    AND (status = 'captured') = (captured_currency IS NOT NULL)
    AND (status = 'captured') = (captured_at IS NOT NULL)
  ),
  ADD CONSTRAINT processing_has_a_beginning CHECK (
    status <> 'processing' OR processing_since IS NOT NULL
  );
CREATE INDEX payments_by_creation ON payments (created_at);

-- Money that goes back. A row stands before Stripe is asked, or was found at Stripe.
CREATE TABLE refunds (
  id           uuid        PRIMARY KEY,
  order_id     uuid        NOT NULL REFERENCES orders,
  payment_id   uuid        NOT NULL REFERENCES payments,
  -- What somebody meant, once: the same wish again is the same refund. Null when made at Stripe.
  intention    text        UNIQUE,
  status       text        NOT NULL DEFAULT 'requested',
  version      integer     NOT NULL DEFAULT 1,
  amount_minor bigint      NOT NULL CHECK (amount_minor > 0),
  currency     text        NOT NULL,
  reason       text        NOT NULL,
  note         text,
  actor        text        NOT NULL,
  -- When it was first asked for under the present key; the key's try rises when Stripe repeats a
  -- stored failure, or when the key is too old for Stripe to know it.
  asked_at     timestamptz,
  create_try   smallint    NOT NULL DEFAULT 1,
  stripe_id    text,
  failure      text,
  observed_at  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  settled_at   timestamptz,
  due_at       timestamptz,
  round        smallint    NOT NULL DEFAULT 0,
  sweeps       smallint    NOT NULL DEFAULT 0,
  last_error   text,

  CONSTRAINT refund_status_is_known CHECK (status IN (
    'requested', 'pending', 'succeeded', 'failed'
  )),
  CONSTRAINT no_refund_waits_without_a_clock CHECK (
    (status IN ('requested', 'pending')) = (due_at IS NOT NULL)
  ),
  CONSTRAINT money_goes_back_through_stripe CHECK (
    status NOT IN ('pending', 'succeeded') OR stripe_id IS NOT NULL
  )
);
CREATE UNIQUE INDEX one_refund_per_stripe_id ON refunds (stripe_id) WHERE stripe_id IS NOT NULL;
CREATE INDEX refunds_by_payment ON refunds (payment_id);
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_by_creation ON refunds (created_at);
CREATE INDEX refunds_by_due_at ON refunds (due_at) WHERE due_at IS NOT NULL;

-- Which goods a refund is for, where it is for goods.
CREATE TABLE refund_lines (
  refund_id uuid    NOT NULL REFERENCES refunds,
  sku       text    NOT NULL,
  quantity  integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (refund_id, sku)
);

-- A customer's bank takes money back; Stripe's id is its name.
CREATE TABLE disputes (
  id              text        PRIMARY KEY,
  order_id        uuid        NOT NULL REFERENCES orders,
  payment_id      uuid        NOT NULL REFERENCES payments,
  status          text        NOT NULL,
  version         integer     NOT NULL DEFAULT 1,
  amount_minor    bigint      NOT NULL CHECK (amount_minor > 0),
  currency        text        NOT NULL,
  reason          text        NOT NULL,
  evidence_due_at timestamptz,
  observed_at     timestamptz NOT NULL,
  opened_at       timestamptz NOT NULL DEFAULT now(),
  closed_at       timestamptz,
  due_at          timestamptz,
  round           smallint    NOT NULL DEFAULT 0,
  sweeps          smallint    NOT NULL DEFAULT 0,
  last_error      text,

  CONSTRAINT dispute_status_is_known CHECK (status IN ('open', 'won', 'lost')),
  CONSTRAINT no_dispute_waits_without_a_clock CHECK ((status IN ('open')) = (due_at IS NOT NULL))
);
CREATE INDEX disputes_by_order ON disputes (order_id);
CREATE INDEX disputes_by_payment ON disputes (payment_id);
CREATE INDEX disputes_by_due_at ON disputes (due_at) WHERE due_at IS NOT NULL;

-- Every movement of money, double entry and append-only: a movement's entries sum to zero.
CREATE TABLE ledger_entries (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What moved, such as capture:<payment's id>: it is booked once.
  movement     text        NOT NULL,
  account      text        NOT NULL CHECK (account IN (
    'stripe', 'sales', 'fees', 'disputed', 'losses', 'external'
  )),
  order_id     uuid        REFERENCES orders,
  payment_id   uuid        REFERENCES payments,
  amount_minor bigint      NOT NULL CHECK (amount_minor <> 0),
  currency     text        NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT a_movement_is_booked_once UNIQUE (movement, account)
);
CREATE INDEX ledger_entries_by_order ON ledger_entries (order_id);
CREATE INDEX ledger_entries_by_payment ON ledger_entries (payment_id);

INSERT INTO ledger_entries (movement, account, order_id, payment_id, amount_minor, currency)
SELECT 'capture:' || id, account, order_id, id, sign * captured_minor, currency
FROM payments CROSS JOIN (VALUES ('stripe', 1), ('sales', -1)) AS sides (account, sign)
WHERE status = 'captured';

-- Money that came too late, or twice, was only flagged until now: it goes back, as all such money
-- does from here on. Of an order that is paid the first payment that fits it counts; orders that
-- ended keep none. The id follows from the intention as in src/orders/refunds/wanted-refund.ts:
-- Stripe's key is made of it, and a migration that is repeated on a restored database asks for the
-- same.
WITH ranked AS (
  SELECT payments.*, orders.status AS order_status, orders.version AS order_version, row_number()
    OVER (PARTITION BY order_id ORDER BY captured_minor <> amount_minor, captured_at, attempt)
    AS place
  FROM payments JOIN orders ON orders.id = order_id
  WHERE payments.status = 'captured' AND orders.status IN ('paid', 'expired', 'cancelled')
), unwanted AS (
  SELECT *, CASE place WHEN 1 THEN 'late_money' ELSE 'second_payment' END AS reason
  FROM ranked WHERE place > 1 OR order_status <> 'paid'
), hashed AS (
  SELECT *, reason || ':' || id AS intention,
    substr(sha256(convert_to(reason || ':' || id, 'UTF8')), 1, 16) AS hash
  FROM unwanted
), named AS (
  SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY place)::integer AS step,
    encode(set_byte(set_byte(hash, 6, get_byte(hash, 6) & 15 | 128),
      8, get_byte(hash, 8) & 63 | 128), 'hex')::uuid AS refund_id
  FROM hashed
), asked AS (
  INSERT INTO refunds
    (id, order_id, payment_id, intention, amount_minor, currency, reason, actor, due_at)
  SELECT refund_id, order_id, id, intention, captured_minor, captured_currency, reason, 'stripe',
    now()
  FROM named ORDER BY intention
), told AS (
  INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor, detail)
  SELECT order_id, order_version + step, 'refund_requested', order_status, order_status, 'stripe',
    jsonb_build_object('refundId', refund_id, 'amountMinor', captured_minor,
      'currency', captured_currency, 'reason', reason)
  FROM named
)
UPDATE orders SET version = version + counted.steps
FROM (SELECT order_id, max(step) AS steps FROM named GROUP BY 1) AS counted
WHERE orders.id = counted.order_id;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: book the opposite instead.', TG_TABLE_NAME;
END $$;
CREATE TRIGGER the_ledger_is_append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The inbox also takes what tells of refunds and disputes, keeps the headers that came with an
-- event, and tries again to match one that nobody knows, as long as Stripe itself would.
ALTER TABLE webhook_events
  ADD COLUMN topic   text NOT NULL DEFAULT 'intent'
    CHECK (topic IN ('intent', 'refund', 'dispute')),
  ADD COLUMN headers jsonb;
ALTER TABLE webhook_events ALTER COLUMN topic DROP DEFAULT;
ALTER TABLE webhook_events
  DROP CONSTRAINT webhook_event_status_is_known,
  DROP CONSTRAINT no_event_waits_without_a_clock;
UPDATE webhook_events SET due_at = now(), settled_at = NULL WHERE status = 'unmatched';
ALTER TABLE webhook_events
  ADD CONSTRAINT webhook_event_status_is_known CHECK (status IN (
    'received', 'unmatched', 'applied', 'foreign', 'ignored', 'abandoned'
  )),
  ADD CONSTRAINT no_event_waits_without_a_clock CHECK (
    (status IN ('received', 'unmatched')) = (due_at IS NOT NULL)
  );

-- An event finds its payment in the statement that stores it, and payments are never deleted. What
-- the foreign key did was to lock payments in the events' order, which is not theirs: a start that
-- updated a row beside it ran in circles (34 deadlocks in 150 fights of test/db/deadlocks.test.ts).
ALTER TABLE webhook_events DROP CONSTRAINT webhook_events_payment_id_fkey;

DROP INDEX webhook_events_waiting;
CREATE INDEX webhook_events_waiting ON webhook_events (payment_id)
  WHERE status IN ('received', 'unmatched');

-- Where we are in Stripe's lists: the events, and the comparison of the books.
ALTER TABLE event_cursors RENAME TO stripe_cursors;
UPDATE stripe_cursors SET name = 'events';
ALTER TABLE stripe_cursors ADD COLUMN findings jsonb NOT NULL DEFAULT '{}';
INSERT INTO stripe_cursors (name, due_at) VALUES
  ('hourly_comparison', now() + interval '1 hour'),
  ('nightly_comparison', now() + interval '1 day');

-- Where Stripe's books and ours differed, and what came of it.
CREATE TABLE breaks (
  id         uuid        PRIMARY KEY,
  -- Stripe's id of the intent, refund or dispute.
  object_id  text        NOT NULL,
  fault      text        NOT NULL CHECK (fault IN ('unknown_here', 'unknown_at_stripe', 'differs')),
  order_id   uuid        REFERENCES orders,
  payment_id uuid        REFERENCES payments,
  ours       jsonb,
  theirs     jsonb,
  status     text        NOT NULL DEFAULT 'open',
  -- What settled it: adopted, cancelled, refunded, applied, found.
  outcome    text,
  found_at   timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  due_at     timestamptz,
  round      smallint    NOT NULL DEFAULT 0,
  sweeps     smallint    NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT break_status_is_known CHECK (status IN ('open', 'settled')),
  CONSTRAINT no_break_waits_without_a_clock CHECK ((status IN ('open')) = (due_at IS NOT NULL)),
  CONSTRAINT a_settled_break_says_how CHECK ((status = 'settled') = (outcome IS NOT NULL))
);
CREATE UNIQUE INDEX one_open_break ON breaks (object_id, fault) WHERE status = 'open';
CREATE INDEX breaks_by_due_at ON breaks (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX breaks_by_time ON breaks (found_at);
