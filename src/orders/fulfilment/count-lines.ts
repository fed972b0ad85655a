import type { PricedLine } from "../price-orders.ts";
import type { FulfilmentView } from "./fulfilment-view.ts";

/** How often each of an order's goods was shipped, cancelled and returned, line by line. */
export type LineCounts = {
  shippedQuantity: number;
  cancelledQuantity: number;
  returnedQuantity: number;
};

/**
 * What became of each line. Goods are counted by SKU: where several lines name the same one, the
 * first are taken for shipped first, and the last for cancelled.
 */
export function countLines(
  lines: readonly PricedLine[],
  { shipments, returns, cancelled }: FulfilmentView,
): LineCounts[] {
  const shipped = countsOf(shipments.flatMap((each) => each.lines));
  const returned = countsOf(returns.flatMap((each) => each.lines));
  const dropped = countsOf(cancelled);
  return lines.map(({ sku, quantity }) => {
    const shippedQuantity = take(shipped, sku, quantity);
    return {
      shippedQuantity,
      cancelledQuantity: take(dropped, sku, quantity - shippedQuantity),
      returnedQuantity: take(returned, sku, shippedQuantity),
    };
  });
}

function countsOf(goods: readonly { sku: string; quantity: number }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { sku, quantity } of goods) counts.set(sku, (counts.get(sku) ?? 0) + quantity);
  return counts;
}

/** As many of what is left to share out as fit. */
function take(counts: Map<string, number>, sku: string, most: number): number {
  const taken = Math.min(counts.get(sku) ?? 0, most);
  counts.set(sku, (counts.get(sku) ?? 0) - taken);
  return taken;
}
