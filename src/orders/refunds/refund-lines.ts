import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { type FieldFault, Refused } from "../../errors.ts";
import { foldSku } from "../../inventory/sku.ts";
import { owedFor, type RefundLine, type Sale, type SoldGoods, type WorthyLine } from "./worth.ts";

/** What these goods of an order are worth, or why they can't be refunded: none is twice. */
export function judgeLines(sale: Sale, lines: readonly RefundLine[]): WorthyLine[] | Refused {
  const left = new Map(sale.goods.map((each) => [each.sku, each.ordered - each.refunded]));
  const faults = lines.flatMap(({ sku, quantity }, index): FieldFault[] => {
    const there = left.get(foldSku(sku));
    if (there === undefined) {
      return [{ field: `lines[${index}].sku`, message: `The order has no "${sku}".` }];
    }
    if (quantity > there) {
      const message = `Only ${there} of "${sku}" can still be refunded.`;
      return [{ field: `lines[${index}].quantity`, message }];
    }
    left.set(foldSku(sku), there - quantity);
    return [];
  });
  if (faults.length === 0) return owedFor(sale, bySku(lines));
  return new Refused("refund_too_large", "Some lines can't be refunded as they stand.", faults);
}

/** Lines of the same goods as one. */
export function bySku(lines: readonly RefundLine[]): RefundLine[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) {
    sums.set(foldSku(sku), (sums.get(foldSku(sku)) ?? 0) + quantity);
  }
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}

export function worthOf(lines: readonly WorthyLine[]): number {
  return lines.reduce((sum, { worthMinor }) => sum + worthMinor, 0);
}

/**
 * What an order sold, by SKU: lines of the same SKU were priced at the same moment, so alike. The
 * caller holds the order's lock.
 */
export async function readSale(trx: Trx, orderId: string): Promise<Sale> {
  const { rows } = await sql<SoldGoods & Omit<Sale, "goods">>`
    SELECT currency, "adjustedMinor", "shippingMinor", sold.sku, ordered, "unitPriceMinor",
      coalesce(back.quantity, 0)::bigint AS refunded,
      coalesce(worth_minor, 0)::bigint AS "refundedMinor"
    FROM orders CROSS JOIN LATERAL (
      SELECT
        coalesce(sum(amount_minor) FILTER (WHERE kind <> 'shipping'), 0)::bigint
          AS "adjustedMinor",
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'shipping'), 0)::bigint
          AS "shippingMinor"
      FROM order_adjustments WHERE order_id = orders.id
    ) AS adjusted CROSS JOIN LATERAL (
      SELECT sku, sum(quantity)::bigint AS ordered, min(unit_price_minor) AS "unitPriceMinor"
      FROM order_lines WHERE order_id = orders.id GROUP BY sku
    ) AS sold LEFT JOIN LATERAL (
      SELECT sku, sum(quantity) AS quantity, sum(worth_minor) AS worth_minor
      FROM refund_lines JOIN refunds ON refunds.id = refund_id
      WHERE refunds.order_id = orders.id AND refunds.status <> 'failed' GROUP BY sku
    ) AS back ON back.sku = sold.sku
    WHERE orders.id = ${orderId} ORDER BY sold.sku`.execute(trx);
  const { currency = "", adjustedMinor = 0, shippingMinor = 0 } = rows[0] ?? {};
  return { currency, adjustedMinor, shippingMinor, goods: rows };
}
