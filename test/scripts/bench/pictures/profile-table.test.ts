import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sum } from "../../../../scripts/bench/pictures/call-tree.ts";
import { profileTable } from "../../../../scripts/bench/pictures/profile-table.ts";
import { anyStay, profileOf, urls } from "./profiles.ts";

const advance = `advance@@${urls.advance}`;
const query = `query@@${urls.client}`;
const write = `write@@${urls.net}`;
const profile = profileOf([
  { stack: [advance], ms: 10 },
  { stack: ["(idle)"], ms: 60 },
  { stack: [advance, query], ms: 5 },
  { stack: [advance, query, write, "writev"], ms: 15 },
  { stack: [`place@@${urls.bench}`, advance], ms: 2 },
  { stack: [write], ms: 4 },
  { stack: ["(garbage collector)"], ms: 4 },
]);

describe("the table of a profile", () => {
  test("says how long the process was busy", () => {
    expect(profileTable(profile)).toMatchObject({ spanMs: 100, busyMs: 40 });
  });

  test("gives each origin its own time, and beside it what Node did for it", () => {
    const { origins } = profileTable(profile);
    const busy = origins.filter(({ selfMs, causedMs }) => selfMs + causedMs > 0);
    expect(busy).toEqual([
      { origin: "aurora", selfMs: 12, selfShare: 0.3, causedMs: 12, causedShare: 0.3 },
      { origin: "database", selfMs: 5, selfShare: 0.125, causedMs: 20, causedShare: 0.5 },
      { origin: "node", selfMs: 19, selfShare: 0.475, causedMs: 4, causedShare: 0.1 },
      { origin: "garbage", selfMs: 4, selfShare: 0.1, causedMs: 4, causedShare: 0.1 },
    ]);
  });

  test("lists functions by the time in themselves, wherever they were called", () => {
    const rows = profileTable(profile).functions.map(({ name, file, selfMs }) => [
      name,
      file,
      selfMs,
    ]);
    expect(rows).toEqual([
      ["writev", "", 15],
      ["advance", "src/orders/advance.ts", 12],
      ["query", "pg/lib/client.js", 5],
      ["write", "node:net", 4],
      ["garbage collection", "", 4],
    ]);
  });

  test("lists no more than fifteen", () => {
    const stays = Array.from({ length: 20 }, (_, nr) => ({ stack: [`call ${nr}`], ms: nr + 1 }));
    const { functions } = profileTable(profileOf(stays));
    expect(functions).toHaveLength(15);
    expect(functions.map(({ selfMs }) => selfMs).at(-1)).toBe(6);
  });

  test("loses no busy moment and invents none", () => {
    fc.assert(
      fc.property(fc.array(anyStay, { minLength: 1, maxLength: 30 }), (stays) => {
        const busy = stays.filter(({ stack }) => stack[0] !== "(idle)").map(({ ms }) => ms);
        fc.pre(busy.length > 0);
        const { busyMs, origins } = profileTable(profileOf(stays));
        expect(busyMs).toBeCloseTo(sum(busy), 6);
        expect(sum(origins.map(({ selfMs }) => selfMs))).toBeCloseTo(busyMs, 6);
        expect(sum(origins.map(({ causedShare }) => causedShare))).toBeCloseTo(1, 6);
      }),
    );
  });

  test("can't be made of a profile without a busy moment", () => {
    const idle = profileOf([{ stack: ["(idle)"], ms: 60 }]);
    expect(() => profileTable(idle)).toThrow(/no busy moment/);
    expect(() => profileTable({ ...profile, nodes: [] })).toThrow(/empty/);
  });
});
