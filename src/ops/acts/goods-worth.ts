import { bySku } from "../../orders/refunds/refund-lines.ts";
import type { Sale, SoldGoods } from "../../orders/refunds/worth.ts";
import type { OrderFacts } from "../facts/facts.ts";

/** What the order sold, as orders/refunds/refund-lines.ts reads it. */
export function saleOf({ order, lines, adjustments, refunds }: SaleFacts): Sale {
  const back = refunds.filter(({ status }) => status !== "failed").flatMap((each) => each.lines);
  const adjusted = adjustments.filter(({ kind }) => kind !== "shipping");
  const goods = bySku(lines).map(({ sku, quantity: ordered }): SoldGoods => {
    const prices = lines.filter((line) => line.sku === sku).map((line) => line.unitPriceMinor);
    const refunded = back.filter((line) => line.sku === sku);
    return {
      ...{ sku, ordered, unitPriceMinor: Math.min(...prices) },
      refunded: refunded.reduce((sum, { quantity }) => sum + quantity, 0),
      refundedMinor: refunded.reduce((sum, { worthMinor }) => sum + worthMinor, 0),
    };
  });
  return {
    currency: order.currency,
    adjustedMinor: adjusted.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    goods,
  };
}

type SaleFacts = Pick<OrderFacts, "order" | "lines" | "adjustments" | "refunds">;
