import type { CancelledGoods } from "../../orders/refunds/kept-money.ts";
import { bySku } from "../../orders/refunds/refund-lines.ts";
import type { Sale, SoldGoods } from "../../orders/refunds/worth.ts";
import type { OrderFacts } from "../facts/facts.ts";

/** What the order sold, as orders/refunds/refund-lines.ts reads it. */
export function saleOf({ order, lines, adjustments, refunds }: SaleFacts): Sale {
  const back = refunds.filter(({ status }) => status !== "failed").flatMap((each) => each.lines);
  const goods = bySku(lines).map(({ sku, quantity: ordered }): SoldGoods => {
    const prices = lines.filter((line) => line.sku === sku).map((line) => line.unitPriceMinor);
    const refunded = back.filter((line) => line.sku === sku);
    return {
      ...{ sku, ordered, unitPriceMinor: Math.min(...prices) },
      refunded: refunded.reduce((sum, { quantity }) => sum + quantity, 0),
      refundedMinor: refunded.reduce((sum, { worthMinor }) => sum + worthMinor, 0),
    };
  });
  const shippingMinor = sumOf(adjustments.filter(({ kind }) => kind === "shipping"));
  const adjustedMinor = sumOf(adjustments) - shippingMinor;
  return { currency: order.currency, adjustedMinor, shippingMinor, goods };
}

function sumOf(adjustments: OrderFacts["adjustments"]): number {
  return adjustments.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

type SaleFacts = Pick<OrderFacts, "order" | "lines" | "adjustments" | "refunds">;

/** What of the order was cancelled, as orders/fulfilment/goods.ts reads it. */
export function cancelledOf({ fulfilment, keptGoods }: OrderFacts): CancelledGoods[] {
  const kept = new Map(keptGoods.map(({ sku, quantity }) => [sku, quantity]));
  return fulfilment.cancelled.map(({ sku, quantity: cancelled }) => ({
    ...{ sku, cancelled, kept: kept.get(sku) ?? 0 },
  }));
}
