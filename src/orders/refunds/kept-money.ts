import { worthOf } from "./refund-lines.ts";
import { owedFor, type RefundLine, type Sale } from "./worth.ts";

/**
 * What stays of the money that is left of an order's payments, in their order, where all that it
 * has left is cancelled with its money: what goods are worth that were cancelled without theirs
 * before. What goes back is at least what the goods are worth that are cancelled now.
 */
export function keptOf(
  sale: Sale,
  cancelled: readonly RefundLine[],
  leftMinor: readonly number[],
): number[] {
  const gone = new Map(cancelled.map(({ sku, quantity }) => [sku, quantity]));
  const all = sale.goods.map(({ sku, ordered }) => ({ sku, quantity: ordered }));
  const rest = all.map(({ sku, quantity }) => ({
    ...{ sku, quantity: quantity - (gone.get(sku) ?? 0) },
  }));
  const back = worthOf(owedFor(sale, rest));
  const left = leftMinor.reduce((sum, each) => sum + each, 0);
  let kept = Math.min(worthOf(owedFor(sale, all)) - back, Math.max(left - back, 0));
  return leftMinor.map((each) => {
    const part = Math.min(Math.max(each, 0), kept);
    kept -= part;
    return part;
  });
}
