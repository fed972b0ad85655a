import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Measured } from "../../../../scripts/bench/pictures/measured.ts";
import { drawThroughputChart } from "../../../../scripts/bench/pictures/throughput-chart.ts";
import { type Element, named, ofClass, readSvg } from "./read-svg.ts";

const words = { title: "Orders", heading: "2 cores" };
const chartOf = (rows: readonly Measured[]) => readSvg(drawThroughputChart({ ...words, rows }));
const textsOf = (svg: Element) => named(svg, "text").map(({ text }) => text);
const widthOf = (bar: Element) => Number(bar.attributes["width"]);

const rows: Measured[] = [
  {
    benchmark: "Spread",
    label: "16 clients",
    ordersPerSecond: 210.44,
    latency: { POST: { p50: 4, p95: 9, p99: 15 }, mailed: { p50: 40, p95: 90, p99: 1_500 } },
  },
  { benchmark: "Spread", label: "64 clients", ordersPerSecond: 420.88 },
  { benchmark: "Hot SKU", label: "64 clients", ordersPerSecond: 0 },
];

describe("the picture of throughput and latency", () => {
  test("has a bar for each row, as long as its orders per second", () => {
    const svg = chartOf(rows);
    const [one, two, none] = ofClass(svg, "bar").map(widthOf);
    expect(two).toBeCloseTo(one! * 2, 1);
    expect(none).toBe(0);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["210", "421"]));
    // Round steps, up to the first that is not less than the longest.
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["0", "100", "200", "300", "400", "500"]));
    expect(textsOf(svg)).not.toContain("600");
  });

  test("names each benchmark once, above its rows", () => {
    const texts = textsOf(chartOf(rows)).filter((text) => /Spread|Hot|clients/.test(text));
    expect(texts).toEqual(["Spread", "16 clients", "64 clients", "Hot SKU", "64 clients"]);
  });

  test("clips a label that would run into its bar", () => {
    const svg = chartOf([{ label: "a label of more than anybody needs", ordersPerSecond: 1 }]);
    expect(textsOf(svg)).toContain("a label of more than…");
  });

  test("puts percentiles on a scale where ten times as long is always as far", () => {
    const latency = { POST: { p50: 1, p95: 10, p99: 1_000 } };
    const svg = chartOf([{ label: "a", ordersPerSecond: 1, latency }]);
    const [tick] = ofClass(svg, "tick").filter((mark) => /POST/.test(mark.attributes["class"]!));
    const [ring, dot] = named(svg, "circle").filter((mark) =>
      /POST/.test(mark.attributes["class"]!),
    );
    const [p50, p95, p99] = [dot!.attributes["cx"], tick!.attributes["x1"], ring!.attributes["cx"]];
    expect(Number(p99) - Number(p95)).toBeCloseTo(2 * (Number(p95) - Number(p50)), 1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["1 ms", "10 ms", "100 ms", "1 s"]));
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["1", "10", "1,000"]));
  });

  test("has a line for each wait that was measured, and no scale where none was", () => {
    expect(ofClass(chartOf(rows), "span")).toHaveLength(2);
    expect(textsOf(chartOf(rows))).not.toContain("paid");
    const bare = textsOf(chartOf(rows.slice(1)));
    expect(bare.filter((text) => /ms|p50|waited/.test(text))).toEqual([]);
  });

  test("says all of it in words, too", () => {
    const [description] = named(chartOf(rows), "desc");
    expect(description!.text).toBe(
      "2 cores. Spread, 16 clients: 210 orders per second; POST p50 4 ms, p95 9 ms, p99 15 ms; " +
        "mailed p50 40 ms, p95 90 ms, p99 1.5 s. Spread, 64 clients: 421 orders per second. " +
        "Hot SKU, 64 clients: 0 orders per second.",
    );
  });

  test.each<[string, Measured[], RegExp]>([
    ["no row", [], /needs a row/],
    ["no number", [{ label: "16", ordersPerSecond: Number.NaN }], /16: orders per second is NaN/],
    ["a time below zero", [rowOf({ p50: -1, p95: 1, p99: 1 })], /paid p50 is -1/],
    ["a time without end", [rowOf({ p50: 1, p95: 1, p99: Infinity })], /paid p99 is Infinity/],
    ["times that fall", [rowOf({ p50: 2, p95: 1, p99: 3 })], /Hot SKU, 64: paid.*must rise/],
  ])("refuses %s", (_, given, message) => expect(() => chartOf(given)).toThrow(message));

  test("of any figures is whole XML, with every mark on its paper", () => {
    const wait = fc
      .tuple(...[fc, fc, fc].map(() => fc.double({ min: 0, max: 1e7, noNaN: true })))
      .map((times) => times.toSorted((a, b) => a - b))
      .map(([p50 = 0, p95 = 0, p99 = 0]) => ({ p50, p95, p99 }));
    const row = fc.record(
      {
        benchmark: fc.string({ unit: "binary" }),
        label: fc.string({ unit: "binary" }),
        ordersPerSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
        latency: fc.record({ POST: wait, paid: wait, mailed: wait }, { requiredKeys: [] }),
      },
      { requiredKeys: ["label", "ordersPerSecond"] },
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (any) => {
        const svg = chartOf(any);
        const height = Number(svg.attributes["height"]);
        expect(ofClass(svg, "bar")).toHaveLength(any.length);
        for (const bar of ofClass(svg, "bar")) expect(widthOf(bar)).toBeLessThanOrEqual(280);
        for (const { attributes } of named(svg, "circle")) {
          expect(Number(attributes["cx"])).toBeGreaterThan(590);
          expect(Number(attributes["cx"])).toBeLessThanOrEqual(956);
          expect(Number(attributes["cy"])).toBeLessThan(height);
        }
      }),
    );
  });
});

function rowOf(paid: { p50: number; p95: number; p99: number }): Measured {
  return { benchmark: "Hot SKU", label: "64", ordersPerSecond: 1, latency: { paid } };
}
