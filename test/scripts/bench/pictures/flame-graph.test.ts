import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sum } from "../../../../scripts/bench/pictures/call-tree.ts";
import { drawFlameGraph } from "../../../../scripts/bench/pictures/flame-graph.ts";
import { anyStay, profileOf, type Stay, urls } from "./profiles.ts";
import { type Element, named, ofClass, readSvg } from "./read-svg.ts";

const words = { title: "The worker", heading: "64 clients" };
const advance = `advance@@${urls.advance}`;
const query = `query@@${urls.client}`;

const graphOf = (stays: readonly Stay[]) => readSvg(drawFlameGraph(profileOf(stays), words));

/** The boxes with their measures, the whole busy time first. */
function boxesOf(svg: Element) {
  return ofClass(svg, "call").map((box) => {
    const [tip, shape, name] = box.elements;
    const { x = "", y = "", width = "" } = shape!.attributes;
    const [left, wide] = [Number(x), Number(width) + 1];
    return { tip: tip!.text, shown: name?.text, top: Number(y), left, wide, right: left + wide };
  });
}

describe("a flame graph", () => {
  const svg = graphOf([
    { stack: ["(garbage collector)"], ms: 100 },
    { stack: [advance, query], ms: 300 },
    { stack: ["(idle)"], ms: 800 },
    { stack: [advance], ms: 500 },
    { stack: [advance, query], ms: 100 },
    { stack: [`tiny@@${urls.bench}`], ms: 1 },
  ]);

  test("hangs each call below its caller, as wide as its time, longest first", () => {
    const [all, first, garbage, second] = boxesOf(svg);
    expect(all).toMatchObject({ left: 16, wide: 1168, tip: "all busy time, 1.00 s" });
    expect(first).toMatchObject({ left: 16, tip: expect.stringMatching(/^advance .*\n900\.0 ms/) });
    expect(first!.wide / 1168).toBeCloseTo(900 / 1001, 3);
    expect(garbage!.left).toBeCloseTo(first!.right, 1);
    expect(second!.wide / 1168).toBeCloseTo(400 / 1001, 3);
    expect([first!.top, garbage!.top, second!.top].map((top) => top - all!.top)).toEqual([
      18, 18, 36,
    ]);
  });

  test("draws one box where V8 has several nodes of a function and its caller", () => {
    const again = (name: string, script: number) => `${name}@@${urls.advance}@@${script}`;
    const boxes = boxesOf(
      graphOf([
        { stack: [again("advance", 7), again("insert", 7)], ms: 40 },
        { stack: [again("advance", 8), again("insert", 8)], ms: 60 },
      ]),
    );
    expect(boxes.map(({ tip, wide }) => [tip.split(" ")[0], wide])).toEqual([
      ["all", 1168],
      ["advance", 1168],
      ["insert", 1168],
    ]);
  });

  test("tells of each call its file, its time and that in itself", () => {
    expect(boxesOf(svg)[1]!.tip).toBe(
      "advance src/orders/advance.ts\n900.0 ms, 89.9 % (in itself 500.0 ms, 50.0 %)",
    );
  });

  test("leaves out idle time and what is too narrow to be seen", () => {
    expect(boxesOf(svg).filter(({ tip }) => /idle|tiny/.test(tip))).toEqual([]);
  });

  test("says each origin's share in its legend, and how busy the process was", () => {
    const texts = named(svg, "text").map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(["The worker", "64 clients"]));
    expect(texts).toContain("Aurora 50.0 % (50.0 %)");
    expect(texts).toContain("pg, Kysely 40.0 % (40.0 %)");
    expect(texts).toContain("garbage collection 10.0 %");
    expect(texts.filter((text) => /^Hono/.test(text))).toEqual([]);
    expect(texts.find((text) => /^Busy/.test(text))).toMatch(
      /^Busy 1\.00 s of 1\.80 s \(55\.6 %\)\./,
    );
  });

  test("clips a name to its box, and shows none where three letters do not fit", () => {
    const [, wide, narrow] = boxesOf(
      graphOf([
        { stack: [`${"long".repeat(80)}@@${urls.advance}`], ms: 985 },
        { stack: ["short"], ms: 15 },
      ]),
    );
    expect(wide!.shown).toMatch(/^(long)+l?o?n?…$/);
    expect(wide!.shown!.length * 6.7).toBeLessThan(wide!.wide);
    expect(narrow!.shown).toBeUndefined();
  });

  test("ends where a stack is deeper than anybody reads", () => {
    const stack = Array.from({ length: 200 }, (_, nr) => `call ${nr}`);
    const deep = graphOf([{ stack, ms: 1 }]);
    expect(boxesOf(deep)).toHaveLength(120);
    const { top } = boxesOf(deep).at(-1)!;
    expect(Number(deep.attributes["height"])).toBeGreaterThan(top + 18);
  });

  test("of any profile is whole XML, in which no box leaves its caller", () => {
    fc.assert(
      fc.property(
        fc.array(anyStay, { minLength: 1, maxLength: 30 }),
        fc.string(),
        (stays, title) => {
          fc.pre(stays.some(({ stack }) => stack[0] !== "(idle)"));
          const text = drawFlameGraph(profileOf(stays), { title, heading: "a < b & c" });
          expect(text).not.toMatch(/srv|file:/);
          const boxes = boxesOf(readSvg(text));
          for (const { top, left, right } of boxes.slice(1)) {
            const callers = boxes.filter((box) => Math.abs(box.top + 18 - top) < 0.1);
            const holders = callers.filter(
              (box) => box.left <= left + 0.1 && right <= box.right + 0.1,
            );
            expect(holders).toHaveLength(1);
          }
          for (const top of new Set(boxes.map((box) => box.top))) {
            const row = boxes.filter((box) => box.top === top);
            expect(sum(row.map(({ wide }) => wide))).toBeLessThanOrEqual(1168 + 0.1 * row.length);
          }
        },
      ),
    );
  });
});
