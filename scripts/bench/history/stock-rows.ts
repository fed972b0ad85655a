import { after, at, goods, pastAtEnd, pastByLine } from "./columns.ts";

/** What of a product stayed with its customers. */
const gone = "sum(quantity - CASE WHEN life = 'returned' AND position = 1 THEN 1 ELSE 0 END)";

/** How the goods were held, left the house, and came back. */
export const stockRows: readonly string[] = [
  `INSERT INTO holds (id, order_id, sku, location, quantity, status, created_at, changed_at)
  SELECT hold_id, order_id, sku, 'main', quantity,
    CASE WHEN is_shipped THEN 'consumed' ELSE 'released' END, ${after(1)}, ${at}
  FROM ${pastAtEnd} ${goods} WHERE past.life <> 'rejected' ORDER BY n, position`,
  `INSERT INTO shipments (id, order_id, carrier, tracking_number, actor, shipped_at)
  SELECT shipment_id, order_id, 'Post', 'P' || n, actor, ${at}
  FROM ${pastByLine} AND event = 'shipped' ORDER BY n`,
  `INSERT INTO shipment_lines (shipment_id, sku, quantity)
  SELECT shipment_id, sku, quantity FROM past ${goods} WHERE is_shipped ORDER BY n, position`,
  // As much came in as left, so that the counters stay as they are, and their rows unlocked.
  `INSERT INTO stock_movements (sku, location, kind, on_hand_delta, reason, actor, at)
  SELECT sku, 'main', 'receive', ${gone}, 'delivery', 'history', min(placed_at)
  FROM past ${goods} WHERE is_shipped GROUP BY sku HAVING ${gone} > 0`,
  `INSERT INTO stock_movements
    (sku, location, kind, on_hand_delta, reserved_delta, hold_id, actor, at)
  SELECT sku, 'main', kind, CASE kind WHEN 'ship' THEN -quantity ELSE 0 END,
    CASE kind WHEN 'reserve' THEN quantity ELSE -quantity END, hold_id, actor, moved_at
  FROM (
    SELECT past.*, actor, ${at} AS moved_at, CASE event WHEN 'stock_reserved' THEN 'reserve'
      WHEN 'shipped' THEN 'ship' ELSE 'release' END AS kind
    FROM ${pastByLine} AND event IN ('stock_reserved', 'shipped', 'hold_expired', 'cancelled',
      'cancelled_after_payment')
  ) AS past ${goods} ORDER BY moved_at, n, position`,
  `INSERT INTO returns (id, order_id, refund_id, actor, returned_at)
  SELECT return_id, order_id, refund_id, actor, ${at}
  FROM ${pastByLine} AND event = 'returned' ORDER BY n`,
  `INSERT INTO return_lines (return_id, sku, restock, quantity)
  SELECT return_id, sku_a, true, 1 FROM past WHERE life = 'returned' ORDER BY n`,
  `INSERT INTO stock_movements (sku, location, kind, on_hand_delta, return_id, actor, at)
  SELECT sku_a, 'main', 'return', 1, return_id, actor, ${at}
  FROM ${pastByLine} AND event = 'returned' ORDER BY n`,
];
