import { sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";
import type { Entry, Snapshot } from "./books.ts";
import { ordersOf } from "./postgres-clock.ts";

type Orders = Snapshot["orders"];

/** Reads the rows of a run's orders, as far as the promises speak of them. */
export async function readSnapshot(db: Db, sku: string): Promise<Snapshot> {
  const own = ordersOf(sku);
  const orders = await sql<Orders[number]>`
    SELECT id, status, closing, attention, total_minor AS "totalMinor",
      (SELECT sum(quantity) FROM order_lines WHERE order_id = orders.id)::integer AS quantity,
      (SELECT coalesce(sum(quantity), 0) FROM shipment_lines
        JOIN shipments ON shipments.id = shipment_id
        WHERE order_id = orders.id)::integer AS shipped,
      (SELECT coalesce(sum(quantity), 0) FROM cancelled_lines
        JOIN line_cancellations AS c ON c.id = cancellation_id
        WHERE order_id = orders.id)::integer AS cancelled,
      (SELECT coalesce(sum(quantity), 0) FROM return_lines JOIN returns ON returns.id = return_id
        WHERE order_id = orders.id)::integer AS returned,
      due_at IS NOT NULL AS waits
    FROM orders WHERE id IN (${own}) ORDER BY id`.execute(db);
  const events = await sql<Entry & { orderId: string }>`
    SELECT order_id AS "orderId", event, from_status AS "from", to_status AS "to", detail
    FROM order_events WHERE order_id IN (${own}) ORDER BY order_id, seq`.execute(db);
  const payments = await sql<Snapshot["payments"][number]>`
    SELECT id, order_id AS "orderId", status, intent_id AS "intentId",
      provider = 'external' AS "isExternal",
      secret_stored_at IS NOT NULL AS "secretStored", client_secret IS NOT NULL AS "hasSecret",
      captured_minor AS "capturedMinor", due_at IS NOT NULL AS waits
    FROM payments WHERE order_id IN (${own}) ORDER BY id`.execute(db);
  const histories = Map.groupBy(events.rows, ({ orderId }) => orderId);
  return {
    orders: orders.rows.map((order) => ({ ...order, history: histories.get(order.id) ?? [] })),
    payments: payments.rows,
    ...(await readMoney(db, sku)),
    ...(await readStock(db, sku)),
  };
}

async function readMoney(db: Db, sku: string) {
  const own = ordersOf(sku);
  const refunds = await sql<Snapshot["refunds"][number]>`
    SELECT id, order_id AS "orderId", payment_id AS "paymentId", status,
      amount_minor AS "amountMinor", intention IS NOT NULL AS "isOurs", due_at IS NOT NULL AS waits
    FROM refunds WHERE order_id IN (${own}) ORDER BY id`.execute(db);
  const disputes = await sql<Snapshot["disputes"][number]>`
    SELECT id, payment_id AS "paymentId", status, due_at IS NOT NULL AS waits
    FROM disputes WHERE order_id IN (${own}) ORDER BY id`.execute(db);
  const ledger = await sql<Snapshot["ledger"][number]>`
    SELECT movement, account, amount_minor AS "amountMinor"
    FROM ledger_entries WHERE order_id IN (${own}) ORDER BY at, movement, account`.execute(db);
  return { refunds: refunds.rows, disputes: disputes.rows, ledger: ledger.rows };
}

async function readStock(db: Db, sku: string) {
  const holds = await sql<Snapshot["holds"][number]>`
    SELECT order_id AS "orderId", quantity, status FROM holds WHERE sku = ${sku}`.execute(db);
  const stock = await sql<Snapshot["stock"]>`
    SELECT on_hand AS "onHand", reserved FROM stock WHERE sku = ${sku}`.execute(db);
  const back = await sql<{ restocked: number }>`
    SELECT coalesce(sum(quantity), 0)::integer AS restocked FROM return_lines
    WHERE sku = ${sku} AND restock`.execute(db);
  const { onHand = 0, reserved = 0 } = stock.rows[0] ?? {};
  const restocked = back.rows[0]?.restocked ?? 0;
  return { holds: holds.rows, stock: { onHand, reserved }, restocked };
}
