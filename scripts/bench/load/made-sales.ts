import { chance } from "../../chance.ts";
import { goodsOf, plenty } from "../bench-world.ts";

/**
 * Sales shaped as a shop's, none of them its own. The numbers here were counted in the 336 sales
 * of 1 to 3 December 2010 in "Online Retail", the transactions of a UK gift retailer (Daqing
 * Chen, UCI Machine Learning Repository, 2015, doi 10.24432/C5BW33, CC BY 4.0).
 */
const goodsCount = 1_807;

/** How many of the sales have so many lines, spread evenly between two of the shop's quantiles. */
const sizes = [
  { sales: 40, from: 1, to: 1 }, // p10
  { sales: 60, from: 1, to: 4 }, // p25
  { sales: 100, from: 4, to: 12 }, // p50
  { sales: 100, from: 12, to: 20 }, // p75
  { sales: 60, from: 20, to: 40 }, // p90
  { sales: 20, from: 40, to: 66 }, // p95
  { sales: 16, from: 66, to: 145 }, // p99
  { sales: 4, from: 145, to: 592 },
];

/** The median. */
const quantity = 3;

/**
 * How much a SKU is asked for, from the first to the last: the shop's first was in 45 sales, its
 * hundredth in 12, its thousandth in 2. The tenth asked for most stood in 37 % of the lines.
 */
const weightOf = (index: number) => 1 / (index + 50);

/** The same sales each time. */
export function madeSales() {
  const random = chance(1);
  const goods = Array.from({ length: goodsCount }, (_, index) =>
    goodsOf(`made-${String(index + 1).padStart(4, "0")}`, plenty),
  );
  const lines = goods.map(({ sku }) => ({ sku, quantity }));
  const counts = sizes.flatMap(({ sales, from, to }) =>
    Array.from({ length: sales }, (_, nr) => from + Math.round(((nr + 1) / sales) * (to - from))),
  );
  const sales = drawn(random, counts, () => 1).map((count) =>
    drawn(random, lines, weightOf).slice(0, count),
  );
  return { goods, sales };
}

/** All items in the order in which they would be drawn, the heavy ones sooner, each once. */
function drawn<Item>(
  random: () => number,
  items: readonly Item[],
  weigh: (index: number) => number,
): Item[] {
  return items
    .map((item, index) => ({ item, rank: -Math.log(1 - random()) / weigh(index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
