import { after, at, goods, pastAtEnd, pastByLine, position } from "./columns.ts";

const request = "jsonb_build_object('requestId', 'req_' || substr(letters, seq, 14))";

const aboutRefund = `jsonb_build_object('refundId', refund_id, 'amountMinor', refund_minor,
  'currency', currency, 'reason', split_part(intention, ':', 1))`;
const goodsBack = "jsonb_build_array(jsonb_build_object('sku', sku_a, 'quantity', 1))";

/** What the history says of an event besides: as much as the domain writes. */
const detail = `CASE event
  WHEN 'payment_started' THEN ${request}
  WHEN 'payment_captured' THEN ${request}
  WHEN 'hold_expired' THEN ${request}
  WHEN 'cancelled' THEN ${request}
  WHEN 'payment_declined' THEN
    '{"code": "card_declined", "declineCode": "insufficient_funds"}'::jsonb
  WHEN 'closing' THEN jsonb_build_object('closing', past.life)
  WHEN 'stock_refused' THEN jsonb_build_object('shortages', jsonb_build_array(
    jsonb_build_object('sku', sku_a, 'requested', quantity_a, 'available', 0)))
  WHEN 'shipped' THEN jsonb_build_object('shipmentId', shipment_id, 'carrier', 'Post',
    'trackingNumber', 'P' || n, 'trackingUrl', NULL, 'left', 0, 'lines', jsonb_build_array(
      jsonb_build_object('sku', sku_a, 'quantity', quantity_a),
      jsonb_build_object('sku', sku_b, 'quantity', quantity_b)))
  WHEN 'refund_requested' THEN ${aboutRefund}
  WHEN 'cancelled_after_payment' THEN
    jsonb_build_object('refund', 'full', 'refundMinor', refund_minor)
  WHEN 'returned' THEN jsonb_build_object('returnId', return_id, 'lines', ${goodsBack},
    'restocked', ${goodsBack}, 'refundMinor', refund_minor, 'refundId', refund_id)
  WHEN 'refund_succeeded' THEN ${aboutRefund} || jsonb_build_object(
    'whole', refund_minor = total_minor, 'apology', NULL)
  ELSE '{}'::jsonb END`;

const orders = `
  INSERT INTO orders (id, shop_id, number, status, version, currency, total_minor, locale,
    placed_at, held_at, feed_position)
  SELECT order_id, shop_id, number, to_status, seq, currency, total_minor, 'en', placed_at,
    CASE WHEN past.life <> 'rejected' THEN ${after(1)} END, ${position}
  FROM ${pastAtEnd} ORDER BY n`;

const contents = [
  `INSERT INTO order_lines
    (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
  SELECT order_id, position, sku, written_sku, name, quantity, price_minor
  FROM past ${goods} ORDER BY n, position`,
  // What it is called went with the person, where that is erased.
  `INSERT INTO order_adjustments (order_id, position, kind, name, amount_minor)
  SELECT order_id, 1, 'shipping', CASE WHEN is_paid THEN 'Post' ELSE '[erased]' END, shipping_minor
  FROM past WHERE shipping_minor > 0 ORDER BY n`,
  // Persons of unpaid orders were erased a day later. The others are sealed as long as they are.
  `INSERT INTO order_contacts (order_id, key_id, sealed, email_hash, phone_hash, erase_at)
  SELECT order_id, 'history', decode(repeat(letters, 7), 'hex'),
    sha256(convert_to('email:' || customer, 'UTF8')),
    CASE WHEN has_phone THEN sha256(convert_to('phone:' || customer, 'UTF8')) END,
    ${at} + interval '400 days'
  FROM ${pastAtEnd} WHERE is_paid ORDER BY n`,
];

const events = `
  INSERT INTO order_events
    (order_id, seq, event, from_status, to_status, actor, detail, at, shop_id, feed_position)
  SELECT order_id, seq, event, from_status, to_status, actor, ${detail}, ${at}, shop_id, ${position}
  FROM ${pastByLine} ORDER BY n, seq`;

/** The orders themselves, with what they are for, for whom, and what happened to them. */
export const orderRows: readonly string[] = [orders, ...contents, events];
