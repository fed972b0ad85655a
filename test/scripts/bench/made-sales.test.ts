import { expect, test } from "vitest";
import { salesToPlace } from "../../../scripts/bench/benchmarks/real-orders.ts";
import { madeSales } from "../../../scripts/bench/load/made-sales.ts";

const { goods, sales } = madeSales();
const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);

test("made sales have 22 lines in the mean, one in the smallest, 592 in the largest", () => {
  const counts = sales.map((lines) => lines.length);
  const mean = sum(counts) / counts.length;
  expect(mean).toBeGreaterThan(20);
  expect(mean).toBeLessThan(24);
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 592]);
  expect(counts.filter((count) => count === 592)).toHaveLength(1);
});

test("a made sale has each SKU once, and all of them are goods", () => {
  const known = new Set(goods.map(({ sku }) => sku));
  expect(known.size).toBe(goods.length);
  for (const lines of sales) {
    const skus = new Set(lines.map(({ sku }) => sku).filter((sku) => known.has(sku)));
    expect(skus.size).toBe(lines.length);
  }
});

test("some goods stand in many made sales, as a shop's do", () => {
  const salesOf = new Map<string, number>();
  for (const { sku } of sales.flat()) salesOf.set(sku, (salesOf.get(sku) ?? 0) + 1);
  const counts = [...salesOf.values()].sort((a, b) => b - a);
  const share = sum(counts.slice(0, goods.length / 10)) / sum(counts);
  // 0.37 in those of which they have the shape.
  expect(share).toBeGreaterThan(0.32);
  expect(share).toBeLessThan(0.42);
});

test("made sales are the same each time", () => {
  expect(madeSales()).toEqual({ goods, sales });
});

test("real-orders says whose sales it places", async () => {
  const made = await salesToPlace(undefined);
  expect(made).toEqual({ title: "400 made sales, shaped as Online Retail's", goods, sales });
  const sample = await salesToPlace("scripts/sample/orders.csv");
  expect(sample).toMatchObject({ title: "The 13 sales of orders.csv" });
  expect(Math.max(...sample.sales.map((lines) => lines.length))).toBe(3);
});
