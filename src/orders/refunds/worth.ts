import { stepOf } from "../../currencies.ts";

/** Goods that a refund is for. */
export type RefundLine = { sku: string; quantity: number };

/** The same with what they are worth: their price, less discounts, with taxes. */
export type WorthyLine = RefundLine & { worthMinor: number };

/** One product of an order, its lines summed, and what of it was refunded by its name. */
export type SoldGoods = {
  sku: string;
  ordered: number;
  unitPriceMinor: number;
  refunded: number;
  /** What those pieces were worth. */
  refundedMinor: number;
};

/** What an order sold, with what makes its goods cheaper or dearer than their prices. */
export type Sale = {
  currency: string;
  /** Its discounts and taxes, summed. Shipping is no part of what goods are worth. */
  adjustedMinor: number;
  shippingMinor: number;
  goods: readonly SoldGoods[];
};

/**
 * What goods give back, each SKU named once: of each as many pieces as were not refunded before,
 * at what they are worth. All pieces of an order together are worth exactly what was asked for
 * them, in whatever order and company they go.
 */
export function owedFor(sale: Sale, lines: readonly RefundLine[]): WorthyLine[] {
  const goods = new Map(sale.goods.map((each) => [each.sku, each]));
  const worth = shareOut(sale);
  return lines.flatMap(({ sku, quantity: wanted }): WorthyLine[] => {
    const sold = goods.get(sku);
    if (!sold) return [];
    const quantity = Math.min(wanted, sold.ordered - sold.refunded);
    if (quantity <= 0) return [];
    const all = worthOfFirst(sold.refunded + quantity, sold.ordered, worth.get(sku) ?? 0n);
    const worthMinor = Number(all * stepOf(sale.currency)) - sold.refundedMinor;
    return [{ sku, quantity, worthMinor: Math.max(worthMinor, 0) }];
  });
}

/**
 * Shares what the goods of an order cost in all out over its products by their prices, in steps
 * that Stripe can give back: what is over goes to the largest remainders, of equal ones to the
 * first by SKU.
 */
function shareOut({ currency, adjustedMinor, goods }: Sale): Map<string, bigint> {
  const priced = goods.map(({ sku, ordered, unitPriceMinor }) => ({
    ...{ sku, price: BigInt(ordered) * BigInt(unitPriceMinor) },
  }));
  const prices = priced.reduce((sum, { price }) => sum + price, 0n);
  const cost = prices + BigInt(adjustedMinor);
  if (prices === 0n || cost <= 0n) return new Map();
  const steps = cost / stepOf(currency);
  const shares = priced.map(({ sku, price }) => ({
    ...{ sku, share: (steps * price) / prices, remainder: (steps * price) % prices },
  }));
  let over = shares.reduce((left, { share }) => left - share, steps);
  for (const one of shares.toSorted(byRemainder)) {
    if (over === 0n) break;
    one.share++;
    over--;
  }
  return new Map(shares.map(({ sku, share }) => [sku, share]));
}

type Share = { sku: string; remainder: bigint };

function byRemainder(one: Share, other: Share): number {
  if (one.remainder !== other.remainder) return one.remainder > other.remainder ? -1 : 1;
  return one.sku < other.sku ? -1 : 1;
}

/**
 * What the first pieces of a product are worth that go back. The last ones take what is over: so
 * money stands for each product of which a piece is left, and it can still be shipped.
 */
function worthOfFirst(pieces: number, ordered: number, worth: bigint): bigint {
  const each = worth / BigInt(ordered);
  const dearer = worth % BigInt(ordered);
  const cheaper = BigInt(ordered) - dearer;
  const over = BigInt(pieces) - cheaper;
  return BigInt(pieces) * each + (over > 0n ? over : 0n);
}
