import { sql } from "kysely";
import { soldStatuses } from "../lifecycle.ts";
import type { WantedGoods } from "./goods.ts";

/** A parcel that left the house. Times are ISO text, as PostgreSQL writes them into JSON. */
export type ShipmentView = {
  id: string;
  carrier: string;
  trackingNumber: string | null;
  trackingUrl: string | null;
  actor: string;
  shippedAt: string;
  lines: WantedGoods[];
};

/** Goods that came back together. */
export type ReturnView = {
  id: string;
  refundId: string | null;
  note: string | null;
  actor: string;
  returnedAt: string;
  lines: (WantedGoods & { restock: boolean })[];
};

/** What became of the goods of an order that is paid: parcels and returns, oldest first. */
export type FulfilmentView = {
  shipments: ShipmentView[];
  returns: ReturnView[];
  cancelled: WantedGoods[];
};

export const nothingFulfilled: FulfilmentView = { shipments: [], returns: [], cancelled: [] };

export const fulfilmentStatuses = [
  "unfulfilled",
  "partially_fulfilled",
  "fulfilled",
  "partially_returned",
  "returned",
] as const;
export type FulfilmentStatus = (typeof fulfilmentStatuses)[number];

/** Of the order `o`: a `FulfilmentView`, or null where its status says that there is nothing. */
export const fulfilmentOfOrder = sql`(CASE WHEN o.status = ANY(${soldStatuses}::text[]) THEN
  json_build_object(
    'shipments', (SELECT coalesce(json_agg(json_build_object(
        'id', id, 'carrier', carrier, 'trackingNumber', tracking_number,
        'trackingUrl', tracking_url, 'actor', actor, 'shippedAt', shipped_at,
        'lines', (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity) ORDER BY sku)
          FROM shipment_lines WHERE shipment_id = shipments.id)) ORDER BY id), '[]')
      FROM shipments WHERE order_id = o.id),
    'returns', (SELECT coalesce(json_agg(json_build_object(
        'id', id, 'refundId', refund_id, 'note', note, 'actor', actor, 'returnedAt', returned_at,
        'lines', (SELECT json_agg(json_build_object(
            'sku', sku, 'quantity', quantity, 'restock', restock) ORDER BY sku, restock)
          FROM return_lines WHERE return_id = returns.id)) ORDER BY id), '[]')
      FROM returns WHERE order_id = o.id),
    'cancelled', (SELECT coalesce(json_agg(dropped), '[]') FROM (
      SELECT sku, sum(quantity) AS quantity
      FROM cancelled_lines JOIN line_cancellations ON id = cancellation_id
      WHERE order_id = o.id GROUP BY sku ORDER BY sku
    ) AS dropped)
  ) END)`;

/** Of the order `o`, whatever became of it: the goods that were cancelled without their money. */
export const keptGoodsOfOrder = sql`(SELECT coalesce(json_agg(kept), '[]') FROM (
    SELECT sku, sum(quantity) AS quantity
    FROM cancelled_lines JOIN line_cancellations ON id = cancellation_id
    WHERE order_id = o.id AND keeps_money GROUP BY sku ORDER BY sku
  ) AS kept)`;

/** Of the order `o`: a `FulfilmentStatus`. Its status says most; what came back is counted. */
export const fulfilmentStatusOfOrder = sql`(CASE o.status
  WHEN 'fulfilling' THEN 'partially_fulfilled'
  WHEN 'completed' THEN (
    SELECT CASE WHEN back = 0 THEN 'fulfilled' WHEN back < gone THEN 'partially_returned'
      ELSE 'returned' END
    FROM (SELECT
      (SELECT coalesce(sum(quantity), 0) FROM return_lines
        JOIN returns ON id = return_id WHERE order_id = o.id) AS back,
      (SELECT coalesce(sum(quantity), 0) FROM shipment_lines
        JOIN shipments ON id = shipment_id WHERE order_id = o.id) AS gone
    ) AS counted)
  ELSE 'unfulfilled' END)`;
