import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import type { Closing, OrderStatus } from "../lifecycle.ts";
import { type Adjustment, priceOrders, type WantedLine } from "../price-orders.ts";
import type { Goods } from "./write-goods.ts";

/** An order that is to be changed, locked, with all that the change depends on. */
export type OrderToChange = Goods & {
  id: string;
  number: string;
  status: OrderStatus;
  closing: Closing | null;
  version: number;
  currency: string;
  /** Null where nobody said who they are, or the person was erased. */
  hasContact: boolean;
  /** Money came that does not match the order. */
  mismatched: boolean;
};

/** Locks one of the shop's orders and reads it; null where there is none. */
export async function lockToChange(
  trx: Trx,
  { orderId, shopId }: { orderId: string; shopId: string },
): Promise<OrderToChange | null> {
  await sql`SELECT FROM orders WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`.execute(trx);
  // A second statement: it sees what was committed while the lock was waited for.
  const { rows } = await sql<OrderToChange>`
    SELECT id, number, status, closing, version, currency, total_minor AS "totalMinor",
      EXISTS (SELECT FROM order_contacts WHERE order_id = orders.id) AS "hasContact",
      EXISTS (SELECT FROM payments WHERE order_id = orders.id AND status = 'captured')
        AND status = 'awaiting_payment' AS mismatched,
      (SELECT coalesce(json_agg(json_build_object(
          'sku', sku, 'writtenSku', written_sku, 'name', name, 'quantity', quantity,
          'unitPriceMinor', unit_price_minor) ORDER BY position), '[]')
        FROM order_lines WHERE order_id = orders.id) AS lines,
      (SELECT coalesce(json_agg(json_build_object(
          'kind', kind, 'name', name, 'amountMinor', amount_minor) ORDER BY position), '[]')
        FROM order_adjustments WHERE order_id = orders.id) AS adjustments
    FROM orders WHERE id = ${orderId}::uuid AND shop_id = ${shopId}::uuid`.execute(trx);
  return rows[0] ?? null;
}

/**
 * Prices an order anew, with these lines and adjustments in the place of its own.
 *
 * @throws Refused with every line at fault
 */
export async function priceAnew(
  trx: Trx,
  order: OrderToChange,
  lines: readonly WantedLine[] | null,
  adjustments: readonly Adjustment[] | null,
): Promise<Goods> {
  const asked = {
    shop: { currency: order.currency },
    lines: lines ?? order.lines.map(({ writtenSku: sku, quantity }) => ({ sku, quantity })),
    adjustments: adjustments ?? order.adjustments,
  };
  const [priced] = await priceOrders(trx, [asked]);
  if (priced === undefined || priced instanceof Error) throw priced ?? new Error("Nothing priced.");
  return priced;
}
