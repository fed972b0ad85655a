import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { type FieldFault, Refused } from "../../errors.ts";
import { foldSku } from "../../inventory/sku.ts";

/** Goods that a refund is for. */
export type RefundLine = { sku: string; quantity: number };

type Sold = { sku: string; unitPriceMinor: number; left: number };

/** What these goods of an order cost, or why they can't be refunded. None is refunded twice. */
export async function costOfLines(
  trx: Trx,
  orderId: string,
  lines: readonly RefundLine[],
): Promise<number | Refused> {
  const sold = await readSold(trx, orderId);
  const faults: FieldFault[] = [];
  let amount = 0;
  for (const [index, { sku, quantity }] of lines.entries()) {
    const goods = sold.get(foldSku(sku));
    if (!goods) {
      faults.push({ field: `lines[${index}].sku`, message: `The order has no "${sku}".` });
    } else if (quantity > goods.left) {
      const message = `Only ${goods.left} of "${sku}" can still be refunded.`;
      faults.push({ field: `lines[${index}].quantity`, message });
    } else {
      goods.left -= quantity;
      amount += quantity * goods.unitPriceMinor;
    }
  }
  if (faults.length > 0) {
    return new Refused("refund_too_large", "Some lines can't be refunded as they stand.", faults);
  }
  return amount;
}

/** What of these goods was not refunded before, and what that costs. */
export async function notYetRefunded(
  trx: Trx,
  orderId: string,
  lines: readonly RefundLine[],
): Promise<{ lines: RefundLine[]; costMinor: number }> {
  const sold = await readSold(trx, orderId);
  let costMinor = 0;
  const owed = bySku(lines).flatMap(({ sku, quantity: wanted }): RefundLine[] => {
    const { left = 0, unitPriceMinor = 0 } = sold.get(sku) ?? {};
    const quantity = Math.min(wanted, left);
    costMinor += Math.max(quantity, 0) * unitPriceMinor;
    return quantity > 0 ? [{ sku, quantity }] : [];
  });
  return { lines: owed, costMinor };
}

/** Lines of the same goods as one. */
export function bySku(lines: readonly RefundLine[]): RefundLine[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) {
    sums.set(foldSku(sku), (sums.get(foldSku(sku)) ?? 0) + quantity);
  }
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}

/** An order's goods by SKU: lines of the same SKU were priced at the same moment, so alike. */
async function readSold(trx: Trx, orderId: string): Promise<Map<string, Sold>> {
  const { rows } = await sql<Sold>`
    SELECT sku, min(unit_price_minor) AS "unitPriceMinor",
      sum(quantity)::bigint - coalesce((
        SELECT sum(quantity) FROM refund_lines JOIN refunds ON refunds.id = refund_id
        WHERE refunds.order_id = ${orderId} AND refunds.status <> 'failed'
          AND refund_lines.sku = order_lines.sku
      ), 0)::bigint AS left
    FROM order_lines WHERE order_id = ${orderId} GROUP BY sku`.execute(trx);
  return new Map(rows.map((row) => [row.sku, row]));
}
