-- Orders ship, in one parcel or in several; what was sold and is not shipped can still be
-- cancelled; what was shipped can come back.
ALTER TABLE orders
  DROP CONSTRAINT order_status_is_known,
  ADD CONSTRAINT order_status_is_known CHECK (status IN (
    'draft', 'reserving', 'awaiting_payment', 'paid', 'fulfilling', 'completed', 'rejected',
    'expired', 'cancelled'
  ));

-- One parcel: what of an order left the house together.
CREATE TABLE shipments (
  id              uuid        PRIMARY KEY,
  order_id        uuid        NOT NULL REFERENCES orders,
  carrier         text        NOT NULL CHECK (carrier <> ''),
  tracking_number text,
  tracking_url    text        CHECK (tracking_url ~ '^https://'),
  actor           text        NOT NULL,
  shipped_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX shipments_by_order ON shipments (order_id);
CREATE TABLE shipment_lines (
  shipment_id uuid    NOT NULL REFERENCES shipments,
  sku         text    NOT NULL,
  quantity    integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (shipment_id, sku)
);

-- Goods of a paid order that will not be shipped, and the money that goes back for them, if any.
CREATE TABLE line_cancellations (
  id           uuid        PRIMARY KEY,
  order_id     uuid        NOT NULL REFERENCES orders,
  refund_id    uuid        REFERENCES refunds,
  actor        text        NOT NULL,
  cancelled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX line_cancellations_by_order ON line_cancellations (order_id);
CREATE TABLE cancelled_lines (
  cancellation_id uuid    NOT NULL REFERENCES line_cancellations,
  sku             text    NOT NULL,
  quantity        integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (cancellation_id, sku)
);

-- Goods that came back. What is not restocked is not for sale again: it was damaged, say.
CREATE TABLE returns (
  id          uuid        PRIMARY KEY,
  order_id    uuid        NOT NULL REFERENCES orders,
  refund_id   uuid        REFERENCES refunds,
  note        text,
  actor       text        NOT NULL,
  returned_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX returns_by_order ON returns (order_id);
CREATE TABLE return_lines (
  return_id uuid    NOT NULL REFERENCES returns,
  sku       text    NOT NULL,
  restock   boolean NOT NULL,
  quantity  integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (return_id, sku, restock)
);

-- A part of a hold that goes its own way is a row of its own, which names the one it came from:
-- the quantities of both are what that one once took.
ALTER TABLE holds
  ADD COLUMN split_from uuid REFERENCES holds,
  DROP CONSTRAINT hold_status_is_known,
  ADD CONSTRAINT hold_status_is_known CHECK (status IN ('held', 'sold', 'consumed', 'released')),
  ADD CONSTRAINT a_part_is_not_alive CHECK (
    split_from IS NULL OR status IN ('consumed', 'released')
  );
CREATE INDEX holds_by_origin ON holds (split_from) WHERE split_from IS NOT NULL;

-- Goods that ship leave the house and the hold together; goods that come back are free.
ALTER TABLE stock_movements
  ADD COLUMN return_id uuid REFERENCES returns,
  DROP CONSTRAINT stock_movements_kind_check,
  DROP CONSTRAINT holds_move_reserved_only,
  ADD CONSTRAINT movement_kind_is_known CHECK (
    kind IN ('receive', 'adjust', 'reserve', 'release', 'ship', 'return')
  ),
  ADD CONSTRAINT a_movement_names_its_cause CHECK (
    (kind IN ('reserve', 'release', 'ship')) = (hold_id IS NOT NULL)
    AND (kind = 'return') = (return_id IS NOT NULL)
  ),
  ADD CONSTRAINT a_movement_moves_what_its_kind_says CHECK (CASE kind
    WHEN 'reserve' THEN on_hand_delta = 0 AND reserved_delta > 0
    WHEN 'release' THEN on_hand_delta = 0 AND reserved_delta < 0
    WHEN 'ship' THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta
    WHEN 'return' THEN on_hand_delta > 0 AND reserved_delta = 0
    ELSE on_hand_delta <> 0 AND reserved_delta = 0
  END);
CREATE UNIQUE INDEX a_return_comes_back_once ON stock_movements (return_id, sku, location)
  WHERE return_id IS NOT NULL;
