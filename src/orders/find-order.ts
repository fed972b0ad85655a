import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import type { PaymentStatus } from "../payments/lifecycle.ts";
import type { Closing, OrderStatus } from "./lifecycle.ts";
import type { Adjustment, PricedLine } from "./price-orders.ts";

/** An order as it is shown to those who may see it. Money in minor units. */
export type OrderView = {
  id: string;
  shopId: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  attention: string | null;
  version: number;
  currency: string;
  totalMinor: number;
  locale: "en" | "ru";
  customerRef: string | null;
  tokenVersion: number;
  placedAt: Date;
  expiresAt: Date | null;
  lines: PricedLine[];
  adjustments: Adjustment[];
  /** The sealed contact, or null once the person was erased. */
  contact: { key_id: string; sealed: Buffer } | null;
  /** The latest attempt; the secret only while money may come through it. */
  payment: { status: PaymentStatus; clientSecret: string | null } | null;
};

/** Reads one order whole, or null when there is none. */
export async function findOrder(db: Db | Trx, id: string): Promise<OrderView | null> {
  const [order] = await findOrders(db, [id]);
  return order ?? null;
}

/** Reads orders whole, in the order of the ids given; unknown ids are left out. */
export async function findOrders(db: Db | Trx, ids: readonly string[]): Promise<OrderView[]> {
  const { rows } = await sql<OrderView & { sealed: Buffer | null; key_id: string | null }>`
    SELECT o.id, o.shop_id AS "shopId", o.number, o.status, o.closing, o.attention, o.version,
      o.currency, o.total_minor AS "totalMinor", o.locale, o.customer_ref AS "customerRef",
      o.token_version AS "tokenVersion", o.placed_at AS "placedAt", o.expires_at AS "expiresAt",
      c.key_id, c.sealed,
      (SELECT coalesce(json_agg(json_build_object(
          'sku', sku, 'writtenSku', written_sku, 'name', name, 'quantity', quantity,
          'unitPriceMinor', unit_price_minor) ORDER BY position), '[]')
        FROM order_lines WHERE order_id = o.id) AS lines,
      (SELECT coalesce(json_agg(json_build_object(
          'kind', kind, 'name', name, 'amountMinor', amount_minor) ORDER BY position), '[]')
        FROM order_adjustments WHERE order_id = o.id) AS adjustments,
      (SELECT json_build_object('status', status, 'clientSecret', CASE
          WHEN o.status = 'awaiting_payment' AND o.closing IS NULL THEN client_secret END)
        FROM payments WHERE order_id = o.id ORDER BY attempt DESC LIMIT 1) AS payment
    FROM orders AS o
    JOIN unnest(${ids}::uuid[]) WITH ORDINALITY AS wanted (id, nr) USING (id)
    LEFT JOIN order_contacts AS c ON c.order_id = o.id
    ORDER BY nr`.execute(db);
  return rows.map(({ sealed, key_id, ...order }) => ({
    ...order,
    contact: sealed && key_id ? { key_id, sealed } : null,
  }));
}
