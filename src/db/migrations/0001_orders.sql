-- Who this installation is. Every object that it makes at Stripe carries the id, so that
-- objects of another installation on the same account are left alone.
CREATE TABLE installation (
  only_one   boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE shops (
  id         uuid        PRIMARY KEY,
  name       text        NOT NULL CHECK (name <> ''),
  currency   text        NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
  -- Web origins whose pages may call the API, such as https://shop.example.
  origins    text[]      NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
  id         uuid        PRIMARY KEY,
  shop_id    uuid        NOT NULL REFERENCES shops,
  kind       text        NOT NULL CHECK (kind IN ('publishable', 'secret')),
  -- SHA-256 of the key. The key itself is shown once and kept nowhere.
  hash       bytea       NOT NULL UNIQUE,
  -- The key's first characters, so that people can tell keys apart.
  prefix     text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);

-- One catalogue for the whole chain. `sku` is the key that everything joins on: what the shop
-- wrote, in lower case.
CREATE TABLE products (
  sku         text        PRIMARY KEY CHECK (sku = lower(sku) AND sku <> ''),
  written_sku text        NOT NULL CHECK (lower(written_sku) = sku),
  name        text        NOT NULL CHECK (name <> ''),
  price_minor bigint      NOT NULL CHECK (price_minor >= 0),
  currency    text        NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
  active      boolean     NOT NULL DEFAULT true,
  updated_at  timestamptz NOT NULL DEFAULT now()
);

-- The counters are a cache of stock_movements, kept in the same transactions.
CREATE TABLE stock (
  sku      text   NOT NULL REFERENCES products,
  location text   NOT NULL DEFAULT 'main',
  on_hand  bigint NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
  reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  safety   bigint NOT NULL DEFAULT 0 CHECK (safety >= 0),
  PRIMARY KEY (sku, location),
  CONSTRAINT nothing_is_oversold CHECK (reserved <= on_hand)
);

CREATE TABLE orders (
  id            uuid        PRIMARY KEY,
  shop_id       uuid        NOT NULL REFERENCES shops,
  -- The order's name for people; derived from the id.
  number        text        NOT NULL UNIQUE,
  status        text        NOT NULL,
  closing       text,
  -- Why a person should look, or null. Orthogonal to the status, and blocks nothing.
  attention     text,
  -- The seq of the order's last event, and its ETag.
  version       integer     NOT NULL CHECK (version > 0),
  currency      text        NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
  total_minor   bigint      NOT NULL CHECK (total_minor >= 0),
  locale        text        NOT NULL CHECK (locale IN ('en', 'ru')),
  customer_ref  text,
  token_version smallint    NOT NULL DEFAULT 1,
  placed_at     timestamptz NOT NULL DEFAULT now(),
  -- When the clock ends the order if nobody has paid.
  expires_at    timestamptz,
  -- When the sweeper wakes the order's next job. round and sweeps belong to that waiting.
  due_at        timestamptz,
  round         smallint    NOT NULL DEFAULT 0,
  sweeps        smallint    NOT NULL DEFAULT 0,
  last_error    text,

  CONSTRAINT order_status_is_known CHECK (status IN (
    'draft', 'reserving', 'awaiting_payment', 'paid', 'rejected', 'expired', 'cancelled'
  )),
  CONSTRAINT no_order_waits_without_a_clock CHECK (
    (status IN ('draft', 'reserving', 'awaiting_payment')) = (due_at IS NOT NULL)
    AND (status IN ('draft', 'reserving', 'awaiting_payment')) = (expires_at IS NOT NULL)
  ),
  CONSTRAINT closing_is_known CHECK (closing IN ('expired', 'cancelled')),
  CONSTRAINT only_a_payable_order_closes CHECK (
    closing IS NULL OR status = 'awaiting_payment'
  )
);
CREATE INDEX orders_by_due_at ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX orders_by_expiry ON orders (expires_at)
  WHERE status = 'awaiting_payment' AND closing IS NULL;
-- Listings leave expired orders out unless they are asked for: there may be many.
CREATE INDEX orders_by_shop ON orders (shop_id, id) WHERE status <> 'expired';
CREATE INDEX orders_by_shop_and_status ON orders (shop_id, status, id);

CREATE TABLE order_lines (
  order_id         uuid    NOT NULL REFERENCES orders,
  position         integer NOT NULL CHECK (position > 0),
  sku              text    NOT NULL REFERENCES products,
  written_sku      text    NOT NULL,
  name             text    NOT NULL,
  quantity         integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
  unit_price_minor bigint  NOT NULL CHECK (unit_price_minor >= 0),
  PRIMARY KEY (order_id, position)
);

-- What is added to or taken off the goods: a discount is negative.
CREATE TABLE order_adjustments (
  order_id     uuid    NOT NULL REFERENCES orders,
  position     integer NOT NULL CHECK (position > 0),
  kind         text    NOT NULL CHECK (kind IN ('shipping', 'discount', 'tax')),
  name         text    NOT NULL,
  amount_minor bigint  NOT NULL,
  PRIMARY KEY (order_id, position),
  CONSTRAINT discounts_are_negative CHECK ((kind = 'discount') = (amount_minor < 0))
);

-- The person behind an order, encrypted. Erasing the person is deleting the row.
CREATE TABLE order_contacts (
  order_id   uuid  PRIMARY KEY REFERENCES orders,
  key_id     text  NOT NULL,
  sealed     bytea NOT NULL,
  email_hash bytea NOT NULL,
  phone_hash bytea,
  -- Null while the order lives.
  erase_at   timestamptz
);
CREATE INDEX order_contacts_by_email ON order_contacts (email_hash);
CREATE INDEX order_contacts_by_phone ON order_contacts (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX order_contacts_by_erase_at ON order_contacts (erase_at) WHERE erase_at IS NOT NULL;

-- The history of each order, append-only. Facts, never persons or secrets.
CREATE TABLE order_events (
  order_id    uuid        NOT NULL REFERENCES orders,
  seq         integer     NOT NULL CHECK (seq > 0),
  event       text        NOT NULL,
  from_status text,
  to_status   text        NOT NULL,
  actor       text        NOT NULL,
  detail      jsonb       NOT NULL DEFAULT '{}',
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, seq)
);

-- One row for each key of a POST, written in the transaction of its effect.
CREATE TABLE idempotency_keys (
  shop_id     uuid        NOT NULL REFERENCES shops,
  operation   text        NOT NULL,
  key         text        NOT NULL,
  fingerprint bytea       NOT NULL,
  -- What the first request made: the answer is rebuilt from it.
  resource_id text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shop_id, operation, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Stock that an order has taken out of what is available: one row per order, sku, location.
CREATE TABLE holds (
  id         uuid        PRIMARY KEY,
  order_id   uuid        NOT NULL REFERENCES orders,
  sku        text        NOT NULL,
  location   text        NOT NULL,
  quantity   bigint      NOT NULL CHECK (quantity > 0),
  status     text        NOT NULL DEFAULT 'held',
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (sku, location) REFERENCES stock,
  CONSTRAINT hold_status_is_known CHECK (status IN ('held', 'sold', 'released'))
);
CREATE UNIQUE INDEX one_live_hold ON holds (order_id, sku, location)
  WHERE status IN ('held', 'sold');
CREATE INDEX holds_by_order ON holds (order_id);
CREATE INDEX live_holds_by_sku ON holds (sku, location) WHERE status IN ('held', 'sold');

-- Every change of the stock's counters, append-only.
CREATE TABLE stock_movements (
  id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku            text        NOT NULL,
  location       text        NOT NULL,
  kind           text        NOT NULL CHECK (kind IN ('receive', 'adjust', 'reserve', 'release')),
  on_hand_delta  bigint      NOT NULL DEFAULT 0,
  reserved_delta bigint      NOT NULL DEFAULT 0,
  hold_id        uuid        REFERENCES holds,
  reason         text,
  actor          text        NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (sku, location) REFERENCES stock,
  CONSTRAINT holds_move_reserved_only CHECK (
    (kind IN ('reserve', 'release')) = (hold_id IS NOT NULL)
    AND (kind IN ('reserve', 'release')) = (on_hand_delta = 0)
    AND (kind IN ('reserve', 'release')) = (reserved_delta <> 0)
  )
);
CREATE INDEX stock_movements_by_sku ON stock_movements (sku, location, id);
CREATE UNIQUE INDEX a_hold_moves_once_each_way ON stock_movements (hold_id, kind)
  WHERE hold_id IS NOT NULL;

-- One row for each PaymentIntent at Stripe.
CREATE TABLE payments (
  id               uuid        PRIMARY KEY,
  order_id         uuid        NOT NULL REFERENCES orders,
  attempt          smallint    NOT NULL CHECK (attempt > 0),
  status           text        NOT NULL DEFAULT 'created',
  version          integer     NOT NULL DEFAULT 1,
  amount_minor     bigint      NOT NULL CHECK (amount_minor > 0),
  currency         text        NOT NULL,
  -- When a create was first sent under this row's idempotency key: before that, Stripe can
  -- know nothing of the payment.
  asked_at         timestamptz,
  -- Part of the create's idempotency key. It rises only when Stripe repeats a stored failure:
  -- while an outcome is unknown, the same key asks for it.
  create_try       smallint    NOT NULL DEFAULT 1,
  intent_id        text,
  -- Money can come only through a secret that we handed out: null once the order can't be paid.
  client_secret    text,
  secret_stored_at timestamptz,
  captured_minor   bigint      NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
  -- PostgreSQL's time just before the read of Stripe that this state comes from.
  observed_at      timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  due_at           timestamptz,
  round            smallint    NOT NULL DEFAULT 0,
  sweeps           smallint    NOT NULL DEFAULT 0,
  last_error       text,

  UNIQUE (order_id, attempt),
  CONSTRAINT payment_status_is_known CHECK (status IN (
    'created', 'pending', 'action_required', 'processing', 'captured', 'failed', 'cancelled'
  )),
  CONSTRAINT no_payment_waits_without_a_clock CHECK (
    (status IN ('created', 'pending', 'action_required', 'processing')) = (due_at IS NOT NULL)
  ),
  CONSTRAINT captured_means_money CHECK ((status = 'captured') = (captured_minor > 0)),
  CONSTRAINT a_stored_secret_has_an_intent CHECK (
    secret_stored_at IS NULL OR intent_id IS NOT NULL
  )
);
-- Partial, although null is never equal to null: a full unique index would make the column a key,
-- and setting it would then collide with every insert that refers to the payment.
CREATE UNIQUE INDEX one_payment_per_intent ON payments (intent_id) WHERE intent_id IS NOT NULL;
CREATE UNIQUE INDEX one_live_payment ON payments (order_id)
  WHERE status IN ('created', 'pending', 'action_required', 'processing');
CREATE INDEX payments_by_due_at ON payments (due_at) WHERE due_at IS NOT NULL;

-- Each decline, once: Stripe's charge is its name.
CREATE TABLE payment_failures (
  charge_id    text        PRIMARY KEY,
  payment_id   uuid        NOT NULL REFERENCES payments,
  code         text        NOT NULL,
  decline_code text,
  at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payment_failures_by_payment ON payment_failures (payment_id);

-- The inbox of Stripe's events: stored raw before the 200, fed by webhooks and by the cursor.
CREATE TABLE webhook_events (
  id          text        PRIMARY KEY,
  source      text        NOT NULL CHECK (source IN ('webhook', 'cursor')),
  type        text        NOT NULL,
  intent_id   text,
  payment_id  uuid        REFERENCES payments,
  -- Dropped 30 days after the event was applied.
  body        bytea,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  status      text        NOT NULL,
  settled_at  timestamptz,
  due_at      timestamptz,
  round       smallint    NOT NULL DEFAULT 0,
  sweeps      smallint    NOT NULL DEFAULT 0,
  last_error  text,
  CONSTRAINT webhook_event_status_is_known CHECK (status IN (
    'received', 'applied', 'foreign', 'ignored', 'unmatched'
  )),
  CONSTRAINT no_event_waits_without_a_clock CHECK (
    (status IN ('received')) = (due_at IS NOT NULL)
  )
);
CREATE INDEX webhook_events_by_due_at ON webhook_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_waiting ON webhook_events (payment_id) WHERE status = 'received';
CREATE INDEX webhook_events_by_arrival ON webhook_events (received_at) WHERE source = 'webhook';
CREATE INDEX webhook_events_with_body ON webhook_events (settled_at) WHERE body IS NOT NULL;

-- Where we are in Stripe's list of events: a row with a clock, worked by `status`.
CREATE TABLE event_cursors (
  name       text        PRIMARY KEY,
  version    integer     NOT NULL DEFAULT 1,
  -- Every event made before this moment has been seen.
  position   timestamptz NOT NULL DEFAULT now(),
  due_at     timestamptz NOT NULL DEFAULT now(),
  round      smallint    NOT NULL DEFAULT 0,
  sweeps     smallint    NOT NULL DEFAULT 0,
  last_error text
);
INSERT INTO event_cursors (name) VALUES ('stripe');

-- One row for each message, written in the transaction of the event that it tells of.
CREATE TABLE notifications (
  id          uuid        PRIMARY KEY,
  order_id    uuid        NOT NULL REFERENCES orders,
  seq         integer     NOT NULL,
  template    text        NOT NULL,
  channel     text        NOT NULL CHECK (channel IN ('email', 'sms')),
  recipient   text        NOT NULL DEFAULT 'customer' CHECK (recipient IN ('customer')),
  status      text        NOT NULL DEFAULT 'pending',
  -- How often it was claimed for sending: only the last claim's outcome counts.
  tries       integer     NOT NULL DEFAULT 0,
  -- How often nobody could say whether it was sent.
  unknowns    integer     NOT NULL DEFAULT 0,
  claimed_at  timestamptz,
  sent_at     timestamptz,
  provider_id text,
  reason      text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  due_at      timestamptz,
  round       smallint    NOT NULL DEFAULT 0,
  sweeps      smallint    NOT NULL DEFAULT 0,
  last_error  text,
  FOREIGN KEY (order_id, seq) REFERENCES order_events,
  CONSTRAINT one_message_per_fact UNIQUE (order_id, seq, channel, recipient),
  CONSTRAINT message_status_is_known CHECK (status IN (
    'pending', 'sending', 'sent', 'failed', 'dropped'
  )),
  CONSTRAINT no_message_waits_without_a_clock CHECK (
    (status IN ('pending', 'sending')) = (due_at IS NOT NULL)
  )
);
CREATE INDEX notifications_by_due_at ON notifications (due_at) WHERE due_at IS NOT NULL;

-- When each process last showed that it is alive.
CREATE TABLE heartbeats (
  instance text        PRIMARY KEY,
  role     text        NOT NULL,
  at       timestamptz NOT NULL DEFAULT now()
);
