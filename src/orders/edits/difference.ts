import type { PricedLine } from "../price-orders.ts";
import type { Goods } from "./write-goods.ts";

/** What an edit changes: in the order's history, and for whoever asks first. */
export type Difference = {
  /** Quantities per SKU; 0 where it was not there, or is not any more. */
  lines: { sku: string; from: number; to: number }[];
  /** Unit prices that are others now, of goods that stay. */
  prices: PriceChange[];
  adjustments: boolean;
  totalMinor: { from: number; to: number };
};

export type PriceChange = { sku: string; fromMinor: number; toMinor: number };

export function differenceOf(before: Goods, after: Goods): Difference {
  const [had, has] = [quantities(before.lines), quantities(after.lines)];
  const skus = [...new Set([...had.keys(), ...has.keys()])];
  const lines = skus
    .map((sku) => ({ sku, from: had.get(sku) ?? 0, to: has.get(sku) ?? 0 }))
    .filter(({ from, to }) => from !== to);
  return {
    lines,
    prices: priceChanges(before.lines, after.lines),
    adjustments: text(before.adjustments) !== text(after.adjustments),
    totalMinor: { from: before.totalMinor, to: after.totalMinor },
  };
}

/** Whether the two are for the same goods at the same prices. */
export function isSame({ lines, prices, adjustments, totalMinor }: Difference): boolean {
  const isAlike = lines.length === 0 && prices.length === 0 && !adjustments;
  return isAlike && totalMinor.from === totalMinor.to;
}

/** Each SKU once: the catalogue has one price for it. */
function priceChanges(before: readonly PricedLine[], after: readonly PricedLine[]): PriceChange[] {
  const was = new Map(before.map(({ sku, unitPriceMinor }) => [sku, unitPriceMinor]));
  const changes = after.flatMap(({ sku, writtenSku, unitPriceMinor: toMinor }) => {
    const fromMinor = was.get(sku);
    const isOther = fromMinor !== undefined && fromMinor !== toMinor;
    return isOther ? [[sku, { sku: writtenSku, fromMinor, toMinor }] as const] : [];
  });
  return [...new Map(changes).values()];
}

/** By the SKU as it is written: that is how it is shown. */
function quantities(lines: readonly PricedLine[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { writtenSku, quantity } of lines) {
    all.set(writtenSku, (all.get(writtenSku) ?? 0) + quantity);
  }
  return all;
}

function text(adjustments: Goods["adjustments"]): string {
  return JSON.stringify(
    adjustments.map(({ kind, name, amountMinor }) => [kind, name, amountMinor]),
  );
}
