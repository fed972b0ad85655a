-- A language is a file of messages: which there are, the code knows.
ALTER TABLE orders
  DROP CONSTRAINT orders_locale_check,
  ADD CONSTRAINT locale_is_a_language CHECK (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$');

ALTER TABLE notifications
  -- What became of a message after its supplier had taken it, as far as that is known.
  ADD COLUMN delivery        text,
  ADD COLUMN delivery_at     timestamptz,
  ADD COLUMN delivery_reason text,
  -- When we were told so: an operator who looked before has not seen it.
  ADD COLUMN delivery_told_at timestamptz,
  -- A message to staff that is about no order says what it tells itself.
  ADD COLUMN letter          jsonb,
  ALTER COLUMN order_id DROP NOT NULL,
  ALTER COLUMN seq DROP NOT NULL,
  DROP CONSTRAINT notifications_recipient_check,
  ADD CONSTRAINT delivery_is_known CHECK (delivery IN (
    'accepted', 'deferred', 'delivered', 'undelivered', 'dropped', 'bounced', 'reported_as_spam'
  )),
  ADD CONSTRAINT a_delivery_has_its_time CHECK (
    (delivery IS NULL) = (delivery_at IS NULL) AND (delivery IS NULL) = (delivery_told_at IS NULL)
  ),
  -- Staff stand here by a hash of their address or number: those are in the configuration alone.
  ADD CONSTRAINT recipient_is_known CHECK (
    recipient = 'customer' OR recipient ~ '^staff:[0-9a-f]{16}$'
  ),
  ADD CONSTRAINT a_message_tells_of_one_thing CHECK (
    (order_id IS NULL) = (seq IS NULL) AND (order_id IS NULL) = (letter IS NOT NULL)
  ),
  ADD CONSTRAINT customers_are_told_of_orders CHECK (
    recipient <> 'customer' OR order_id IS NOT NULL
  );
CREATE INDEX notifications_undelivered ON notifications (delivery_told_at)
  WHERE delivery IN ('undelivered', 'dropped', 'bounced');
CREATE INDEX notifications_to_staff ON notifications (created_at) WHERE recipient <> 'customer';

-- What suppliers have told of our messages, each of their reports once, by their own name for it.
CREATE TABLE delivery_reports (
  id              text        PRIMARY KEY,
  notification_id uuid        NOT NULL REFERENCES notifications,
  delivery        text        NOT NULL,
  reason          text,
  at              timestamptz NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX delivery_reports_by_age ON delivery_reports (received_at);

-- Of which events staff is told, as the configuration has it: one row for each rule and recipient.
CREATE TABLE staff_rules (
  id        integer PRIMARY KEY,
  event     text    NOT NULL,
  -- The least total by currency; null means any.
  minimums  jsonb,
  -- A pattern of LIKE that one of the order's SKUs must fit; null means any.
  sku       text,
  channel   text    NOT NULL CHECK (channel IN ('email', 'sms')),
  recipient text    NOT NULL
);

-- Writes the messages of the rules in the transaction of the events themselves. Each order that
-- was copied from another installation is told there.
CREATE FUNCTION tell_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM staff_rules) THEN
    RETURN NULL;
  END IF;
  INSERT INTO notifications (id, order_id, seq, template, channel, recipient, due_at)
  SELECT gen_random_uuid(), told.*, now() FROM (
    SELECT DISTINCT facts.order_id, facts.seq, 'staff_notice', rule.channel, rule.recipient
    FROM facts JOIN staff_rules AS rule ON rule.event = facts.event
    JOIN orders ON orders.id = facts.order_id
    WHERE orders.placed_at >= coalesce(
        (SELECT max(at) FROM installation_acts WHERE act = 'renew'), '-infinity'
      )
      AND (rule.minimums IS NULL
        OR orders.total_minor >= (rule.minimums->>orders.currency)::bigint)
      AND (rule.sku IS NULL OR EXISTS (
        SELECT FROM order_lines WHERE order_id = orders.id AND order_lines.sku LIKE rule.sku
      ))
    ORDER BY 1, 2, 4, 5
  ) AS told
  ON CONFLICT (order_id, seq, channel, recipient) WHERE resend_of IS NULL DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER staff_is_told AFTER INSERT ON order_events
  REFERENCING NEW TABLE AS facts
  FOR EACH STATEMENT EXECUTE FUNCTION tell_staff();

-- Problems that OrderTracker shows, and what those on call were told of them.
CREATE TABLE alarms (
  id        uuid        PRIMARY KEY,
  -- Null where it is about the whole installation.
  order_id  uuid        REFERENCES orders,
  code      text        NOT NULL,
  status    text        NOT NULL DEFAULT 'shown',
  -- Since when it has been shown without a break.
  shown_at  timestamptz NOT NULL DEFAULT now(),
  -- When those on call were told of it, and since when it was shown no more.
  raised_at timestamptz,
  gone_at   timestamptz,
  due_at    timestamptz,
  CONSTRAINT alarm_status_is_known CHECK (status IN ('shown', 'raised', 'gone', 'over')),
  CONSTRAINT no_alarm_waits_without_a_clock CHECK (
    (status IN ('shown', 'gone')) = (due_at IS NOT NULL)
  ),
  CONSTRAINT a_raised_alarm_was_told CHECK ((status = 'shown') = (raised_at IS NULL))
);
CREATE UNIQUE INDEX one_alarm_per_problem ON alarms (
  coalesce(order_id, '00000000-0000-0000-0000-000000000000'), code
);
CREATE INDEX alarms_by_due_at ON alarms (due_at) WHERE due_at IS NOT NULL;
-- When the problems are looked at next, by whichever process comes first.
CREATE TABLE alarm_rounds (
  only_one boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  due_at   timestamptz NOT NULL DEFAULT now()
);
INSERT INTO alarm_rounds DEFAULT VALUES;
