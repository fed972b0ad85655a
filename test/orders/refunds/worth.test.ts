import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { worthOf } from "../../../src/orders/refunds/refund-lines.ts";
import { owedFor, type Sale, type SoldGoods } from "../../../src/orders/refunds/worth.ts";

function goods(sku: string, ordered: number, unitPriceMinor: number): SoldGoods {
  return { sku, ordered, unitPriceMinor, refunded: 0, refundedMinor: 0 };
}

function sale(adjustedMinor: number, ...sold: SoldGoods[]): Sale {
  return { currency: "gbp", adjustedMinor, shippingMinor: 0, goods: sold };
}

const worth = (of: Sale, sku: string, quantity: number) =>
  worthOf(owedFor(of, [{ sku, quantity }]));

/** The same order once these pieces were refunded. */
function without(of: Sale, sku: string, quantity: number): Sale {
  const [line] = owedFor(of, [{ sku, quantity }]);
  const after = of.goods.map((each) => {
    if (each.sku !== line?.sku) return each;
    const { refunded, refundedMinor } = each;
    const more = { refunded: refunded + line.quantity };
    return { ...each, ...more, refundedMinor: refundedMinor + line.worthMinor };
  });
  return { ...of, goods: after };
}

describe("what goods are worth", () => {
  test("is their price where nothing was taken off or added", () => {
    expect(worth(sale(0, goods("mug", 3, 250)), "mug", 2)).toBe(500);
  });

  test("is their price less their share of the discounts, by price", () => {
    const half = sale(-500, goods("cup", 2, 100), goods("pot", 1, 800));
    expect(worth(half, "cup", 1)).toBe(50);
    expect(worth(half, "cup", 2)).toBe(100);
    expect(worth(half, "pot", 1)).toBe(400);
  });

  test("has their share of the taxes that were added", () => {
    const taxed = sale(200, goods("cup", 2, 100), goods("pot", 1, 800));
    expect([worth(taxed, "cup", 1), worth(taxed, "pot", 1)]).toEqual([120, 960]);
  });

  test("is shared out by the largest remainder: the last pieces have what is over", () => {
    const odd = sale(-250, goods("a", 1, 100), goods("b", 1, 100), goods("c", 3, 100));
    expect(["a", "b", "c"].map((sku) => worth(odd, sku, 3))).toEqual([50, 50, 150]);
    const thirds = sale(-100, goods("mug", 3, 100));
    const first = without(thirds, "mug", 1);
    const second = without(first, "mug", 1);
    expect([thirds, first, second].map((each) => worth(each, "mug", 1))).toEqual([66, 67, 67]);
    const tied = sale(-1, goods("a", 1, 1), goods("b", 1, 1));
    expect([worth(tied, "a", 1), worth(tied, "b", 1)]).toEqual([1, 0]);
  });

  test("is in steps that Stripe gives back; what is odd stays with the shipping", () => {
    const dinars = { ...sale(-10, goods("mug", 3, 1_000)), currency: "kwd" };
    const first = worth(dinars, "mug", 1);
    expect([first, worth(dinars, "mug", 3)]).toEqual([990, 2_990]);
    const odd = { ...sale(-15, goods("mug", 1, 1_000)), currency: "kwd" };
    expect(worth(odd, "mug", 1)).toBe(980);
  });

  test("is nothing where the discounts are more than the goods, or these are free", () => {
    expect(worth(sale(-900, goods("mug", 2, 250)), "mug", 2)).toBe(0);
    expect(worth(sale(100, goods("gift", 1, 0)), "gift", 1)).toBe(0);
  });

  test("is given once: not for pieces that were refunded, nor for goods that it has not", () => {
    const rest = without(sale(-100, goods("mug", 3, 100)), "mug", 2);
    expect(owedFor(rest, [{ sku: "mug", quantity: 3 }])).toEqual([
      { sku: "mug", quantity: 1, worthMinor: 67 },
    ]);
    const lines = [
      { sku: "mug", quantity: 1 },
      { sku: "ghost", quantity: 1 },
    ];
    expect(owedFor(without(rest, "mug", 1), lines)).toEqual([]);
  });

  test("is made good where an earlier piece's refund failed", () => {
    const all = sale(-99, goods("mug", 2, 100));
    // The first of 50 failed, the second of 51 did not.
    const [mug = goods("mug", 2, 100)] = all.goods;
    const rest = { ...all, goods: [{ ...mug, refunded: 1, refundedMinor: 51 }] };
    expect(worth(rest, "mug", 1)).toBe(50);
  });
});

const product = fc.record({
  ordered: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1_000_000 })),
  unitPriceMinor: fc.oneof(fc.nat(500), fc.nat(99_999)),
});
const sales = fc
  .record({
    currency: fc.constantFrom("gbp", "jpy", "kwd", "isk"),
    products: fc.array(product, { minLength: 1, maxLength: 12 }),
    adjusted: fc.double({ min: -1.2, max: 1, noNaN: true }),
  })
  .map(({ currency, products, adjusted }): Sale => {
    const step = { gbp: 1, jpy: 1, kwd: 10, isk: 100 }[currency] ?? 1;
    const sold = products.map(({ ordered, unitPriceMinor }, nr) =>
      goods(`sku-${nr}`, ordered, unitPriceMinor * step),
    );
    const price = sold.reduce((sum, each) => sum + each.ordered * each.unitPriceMinor, 0);
    const adjustedMinor = Math.round((price * adjusted) / step) * step;
    return { currency, goods: sold, adjustedMinor, shippingMinor: 0 };
  });

test("all pieces of any order are worth what was asked for them, in whatever parts they go", () => {
  fc.assert(
    fc.property(sales, fc.infiniteStream(fc.nat()), (whole, chance) => {
      const { value: first = 0 } = chance.next();
      let rest = whole;
      let back = 0;
      for (let turn = first; owedPieces(rest) > 0; turn++) {
        const open = rest.goods.filter((each) => each.refunded < each.ordered);
        const { sku = "", ordered = 1 } = open[turn % open.length] ?? {};
        // Some by some, and still soon at the end.
        const least = Math.ceil(ordered / 20);
        const quantity = least + (Number(chance.next().value ?? 1) % least);
        back += worth(rest, sku, quantity);
        rest = without(rest, sku, quantity);
      }
      const price = whole.goods.reduce((sum, each) => sum + priceOf(each), 0n);
      const cost = price + BigInt(whole.adjustedMinor);
      expect(BigInt(back)).toBe(price === 0n || cost < 0n ? 0n : cost);
    }),
    { numRuns: 300 },
  );
});

const priceOf = ({ ordered, unitPriceMinor }: SoldGoods) =>
  BigInt(ordered) * BigInt(unitPriceMinor);
const owedPieces = (of: Sale) =>
  of.goods.reduce((sum, { ordered, refunded }) => sum + ordered - refunded, 0);
