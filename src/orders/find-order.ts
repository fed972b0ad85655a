import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import {
  type FulfilmentStatus,
  type FulfilmentView,
  fulfilmentOfOrder,
  fulfilmentStatusOfOrder,
  nothingFulfilled,
} from "./fulfilment/fulfilment-view.ts";
import type { Closing, OrderStatus } from "./lifecycle.ts";
import type { Adjustment, PricedLine } from "./price-orders.ts";

/** An order without its goods, as lists show it. Money in minor units. */
export type OrderSummary = {
  id: string;
  shopId: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  attention: string | null;
  version: number;
  currency: string;
  totalMinor: number;
  locale: string;
  customerRef: string | null;
  tokenVersion: number;
  placedAt: Date;
  expiresAt: Date | null;
  /** The sealed contact, or null once the person was erased. */
  contact: { key_id: string; sealed: Buffer } | null;
  /** The latest attempt; the secret only while money may come through it. */
  payment: {
    status: PaymentStatus;
    clientSecret: string | null;
    /** Stripe could not be asked for it yet. */
    delayed: boolean;
    /** Stripe's code for the last decline, while the order can still be paid. */
    declineCode: string | null;
  } | null;
  money: OrderMoney;
  fulfilmentStatus: FulfilmentStatus;
};

/**
 * How an order's money stands, by the ledger, in minor units; `disputed`, by its disputes: one is
 * open or was lost.
 */
export type OrderMoney = { capturedMinor: number; refundedMinor: number; disputed: boolean };

/** An order as it is shown to those who may see it. */
export type OrderView = OrderSummary & {
  lines: PricedLine[];
  adjustments: Adjustment[];
  fulfilment: FulfilmentView;
};

/** As much of an order as tells who may see it. */
export type OrderGlance = Pick<OrderView, "id" | "shopId" | "status" | "tokenVersion">;

export async function glanceAtOrder(db: Db, id: string): Promise<OrderGlance | null> {
  const { rows } = await sql<OrderGlance>`
    SELECT id, shop_id AS "shopId", status, token_version AS "tokenVersion"
    FROM orders WHERE id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Reads one order whole, or null when there is none. */
export async function findOrder(db: Db | Trx, id: string): Promise<OrderView | null> {
  type Row = SummaryRow & Omit<OrderView, "fulfilment"> & { fulfilment: FulfilmentView | null };
  const { rows } = await sql<Row>`
    SELECT ${summaryColumns}, ${fulfilmentOfOrder} AS fulfilment,
      (SELECT coalesce(json_agg(json_build_object(
          'sku', sku, 'writtenSku', written_sku, 'name', name, 'quantity', quantity,
          'unitPriceMinor', unit_price_minor) ORDER BY position), '[]')
        FROM order_lines WHERE order_id = o.id) AS lines,
      (SELECT coalesce(json_agg(json_build_object(
          'kind', kind, 'name', name, 'amountMinor', amount_minor) ORDER BY position), '[]')
        FROM order_adjustments WHERE order_id = o.id) AS adjustments
    FROM orders AS o LEFT JOIN order_contacts AS c ON c.order_id = o.id
    WHERE o.id = ${id}`.execute(db);
  const [row] = rows;
  return row ? withContact({ ...row, fulfilment: row.fulfilment ?? nothingFulfilled }) : null;
}

export type SummaryRow = OrderSummary & { sealed: Buffer | null; key_id: string | null };

const payable = sql`(o.status = 'awaiting_payment' AND o.closing IS NULL)`;

/** Of the order `o`, by the ledger and its disputes: an `OrderMoney`. */
export const moneyOfOrder = sql`
  (SELECT json_build_object(
      'capturedMinor', coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0
        AND movement NOT LIKE 'refund_failed:%'), 0),
      'refundedMinor', coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0
        OR movement LIKE 'refund_failed:%'), 0),
      'disputed', EXISTS (
        SELECT FROM disputes WHERE disputes.order_id = o.id AND status IN ('open', 'lost')))
    FROM ledger_entries
    WHERE order_id = o.id AND account = 'sales' AND ledger_entries.currency = o.currency)`;

/** Of the orders `o` and their contacts `c`. */
export const summaryColumns = sql`
  o.id, o.shop_id AS "shopId", o.number, o.status, o.closing, o.attention, o.version,
  o.currency, o.total_minor AS "totalMinor", o.locale, o.customer_ref AS "customerRef",
  o.token_version AS "tokenVersion", o.placed_at AS "placedAt", o.expires_at AS "expiresAt",
  c.key_id, c.sealed,
  (SELECT json_build_object('status', status,
      'clientSecret', CASE WHEN ${payable} THEN client_secret END,
      'delayed', ${payable} AND status = 'created'
        AND (last_error IS NOT NULL OR created_at < now() - interval '10 seconds'),
      'declineCode', CASE WHEN ${payable} THEN (
        SELECT coalesce(decline_code, code) FROM payment_failures
        WHERE payment_id = payments.id ORDER BY at DESC LIMIT 1) END)
    FROM payments WHERE order_id = o.id ORDER BY attempt DESC LIMIT 1) AS payment,
  ${moneyOfOrder} AS money, ${fulfilmentStatusOfOrder} AS "fulfilmentStatus"`;

export function withContact<Row extends SummaryRow>(row: Row): Omit<Row, "sealed" | "key_id"> {
  const { sealed, key_id, ...order } = row;
  return { ...order, contact: sealed && key_id ? { key_id, sealed } : null };
}
