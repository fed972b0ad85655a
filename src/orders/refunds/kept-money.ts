import { worthOf } from "./refund-lines.ts";
import { owedFor, type Sale, type SoldGoods } from "./worth.ts";

/** What was cancelled of one product, and how much of that with the word that its money stays. */
export type CancelledGoods = { sku: string; cancelled: number; kept: number };

/**
 * What stays of the money that is left of an order's payments, in their order, where all that it
 * has left is cancelled with its money: what goods are worth whose money the shop kept. What goes
 * back is at least what all others are worth, also those whose refund failed, with the shipping.
 */
export function keptOf(
  sale: Sale,
  cancelled: readonly CancelledGoods[],
  leftMinor: readonly number[],
): number[] {
  const gone = new Map(cancelled.map((each) => [each.sku, each]));
  const all = sale.goods.map(({ sku, ordered }) => ({ sku, quantity: ordered }));
  const others = sale.goods.map((sold) => ({
    ...{ sku: sold.sku, quantity: sold.ordered - sold.refunded - piecesKept(sold, gone) },
  }));
  const othersMinor = worthOf(owedFor(sale, others));
  const back = othersMinor + sale.shippingMinor;
  const left = leftMinor.reduce((sum, each) => sum + each, 0);
  let kept = Math.min(worthOf(owedFor(sale, all)) - othersMinor, Math.max(left - back, 0));
  return leftMinor.map((each) => {
    const part = Math.min(Math.max(each, 0), kept);
    kept -= part;
    return part;
  });
}

/**
 * Pieces that were refunded by their name are first those that were cancelled with their money,
 * then those whose money was kept.
 */
function piecesKept(
  { sku, refunded }: SoldGoods,
  gone: ReadonlyMap<string, CancelledGoods>,
): number {
  const { cancelled, kept } = gone.get(sku) ?? { cancelled: 0, kept: 0 };
  const refundedBesides = Math.max(refunded - (cancelled - kept), 0);
  return Math.max(kept - refundedBesides, 0);
}
