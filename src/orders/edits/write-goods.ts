import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import type { Adjustment, PricedLine } from "../price-orders.ts";

/** What an order is for, and what it comes to. */
export type Goods = {
  lines: readonly PricedLine[];
  adjustments: readonly Adjustment[];
  totalMinor: number;
};

/** Puts other goods in the place of each order's. The caller holds the orders' locks. */
export async function writeGoods(
  trx: Trx,
  changes: readonly { orderId: string; goods: Goods }[],
): Promise<void> {
  if (changes.length === 0) return;
  const ids = changes.map(({ orderId }) => orderId);
  await sql`DELETE FROM order_lines WHERE order_id = ANY(${ids}::uuid[])`.execute(trx);
  await sql`DELETE FROM order_adjustments WHERE order_id = ANY(${ids}::uuid[])`.execute(trx);
  await sql`
    WITH wanted AS (
      SELECT * FROM unnest(${ids}::uuid[],
        ${changes.map(({ goods }) => JSON.stringify(goods.lines))}::jsonb[],
        ${changes.map(({ goods }) => JSON.stringify(goods.adjustments))}::jsonb[],
        ${changes.map(({ goods }) => goods.totalMinor)}::bigint[]
      ) AS w (order_id, lines, adjustments, total_minor)
    ), new_lines AS (
      INSERT INTO order_lines
        (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
      SELECT order_id, nr, line->>'sku', line->>'writtenSku', line->>'name',
        (line->>'quantity')::integer, (line->>'unitPriceMinor')::bigint
      FROM wanted, jsonb_array_elements(lines) WITH ORDINALITY AS each (line, nr)
    ), new_adjustments AS (
      INSERT INTO order_adjustments (order_id, position, kind, name, amount_minor)
      SELECT order_id, nr, each->>'kind', each->>'name', (each->>'amountMinor')::bigint
      FROM wanted, jsonb_array_elements(adjustments) WITH ORDINALITY AS a (each, nr)
    )
    UPDATE orders SET total_minor = wanted.total_minor
    FROM wanted WHERE orders.id = wanted.order_id`.execute(trx);
}
