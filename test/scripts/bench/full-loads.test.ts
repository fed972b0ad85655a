import { beforeAll, describe, expect, test } from "vitest";
import { sizes } from "../../../scripts/bench/bench.ts";
import { blocks } from "../../../scripts/bench/load/share-of-j.ts";
import { type Result, useBench } from "./run-bench.ts";

const { crowd, finishedOrders } = sizes.quick;
const chosen = ["throughput", "hot-sku", "history", "scaling", "keeping"] as const;
const bench = useBench();
let results: Result[];

beforeAll(async () => {
  const { code, stdout, stderr } = await bench.run("--quick", "--json", "--only", chosen.join(","));
  expect([code, stderr]).toEqual([0, expect.stringContaining("Measuring keeping (5 of 5)")]);
  results = JSON.parse(stdout).results;
}, 400_000);

function resultOf(name: (typeof chosen)[number]): Result {
  return results.find((result) => result.name === name) ?? { name, rows: [], bounds: [] };
}

/** What a benchmark of loads says of itself: its loads, and what its bounds are about. */
const outlines = {
  throughput: [
    [`${crowd / 16} clients`, `${crowd / 4} clients`, `${crowd} clients`],
    [
      `orders/s at ${crowd} clients, as a share of J, all blocks`,
      `own CPU an order at ${crowd} clients, ms`,
      "most RSS of a process, MB",
    ],
  ],
  "hot-sku": [
    ["spread", "one hot SKU"],
    ["hot SKU, as a share of the spread load", "most RSS of a process, MB"],
  ],
  history: [
    [1, 2, 3, 4, 5, 6, 7].flatMap((nr) => {
      const pair = [`empty ${nr}`, `long ${nr}`];
      return nr % 2 === 1 ? pair : pair.toReversed();
    }),
    ["history, as a share of the empty shop", "most RSS of a process, MB"],
  ],
  scaling: [["web, worker", "web, 2 notification"], ["most RSS of a process, MB"]],
  keeping: [
    ["nothing due", "all due", "nothing due again"],
    [
      "orders/s, as a share of when nothing is due",
      "what can go of all kinds, for each that orders make",
      "POST p99, as a multiple of when nothing is due",
      "longest wait for a lock of house-keeping, ms",
      "most RSS of a process, MB",
    ],
  ],
} as const satisfies Record<
  (typeof chosen)[number],
  readonly [readonly string[], readonly string[]]
>;

/** What each load is measured by. */
const measured = [
  ...["ordersPerSecond", "orders", "jobsShare", "commitsShare", "echoesShare", "driftOfJ"],
  ...["emptyJobsPerSecond", "durableCommitsPerSecond", "echoesPerSecond", "ownCpuMs"],
  ...["transactions", "statements", "walBytes", "redisScripts", "redisCommands"],
  ...["connections", "redisConnections", "post", "paid", "mailed", "memoryMb", "peakMb"],
];

/** Those of the figures that were not measured, or have nothing in them. */
function missing({ rows }: Result, label: string, names: readonly string[]): string[] {
  const { figures = {} } = rows.find((row) => row.label === label) ?? {};
  return names.filter((name) => {
    const figure = figures[name] ?? null;
    const values = figure !== null && typeof figure === "object" ? Object.values(figure) : [figure];
    return values.length === 0 || values.some((value) => !(value !== null && value > 0));
  });
}

describe("npm run bench", () => {
  test.each(chosen)("measures each load of %s, and names its bounds", (name) => {
    const result = resultOf(name);
    const [labels, bounds] = outlines[name];
    const loads = result.rows.filter(({ figures }) => figures["ordersPerSecond"] !== undefined);
    expect(loads.map(({ label }) => label)).toEqual(labels);
    expect(result.bounds.map(({ what }) => what)).toEqual(bounds);
    for (const label of labels)
      expect([label, missing(result, label, measured)]).toEqual([label, []]);
  });

  test("tells the crowd's rate as a share of J by blocks of both, all together", () => {
    const { rows, bounds } = resultOf("throughput");
    const measured = ["inTurnPerSecond", "emptyJobsPerSecond", "jobsShare"];
    for (let nr = 1; nr <= blocks; nr++) {
      const label = `block ${nr}`;
      expect([label, missing(resultOf("throughput"), label, measured)]).toEqual([label, []]);
    }
    const all = rows.at(-1);
    expect(all?.label).toBe("all blocks");
    expect(missing(resultOf("throughput"), "all blocks", [...measured, "peakMb"])).toEqual([]);
    expect(bounds[0]?.value).toBe(all?.figures["jobsShare"]);
  });

  test("compares a hot SKU with those that are spread", () => {
    const { rows } = resultOf("hot-sku");
    const shares = rows.flatMap(({ label, figures }) =>
      label.startsWith("block")
        ? [Number(figures["hotPerSecond"]) / Number(figures["spreadPerSecond"])]
        : [],
    );
    expect([shares.length, shares.filter((share) => !(share > 0))]).toEqual([5, []]);
    const median = shares.toSorted((a, b) => a - b).at(2);
    expect(rows.at(-1)?.figures["shareOfSpread"]).toBe(median);
  });

  test("has the history's orders in the tables, and compares them with none", () => {
    const history = resultOf("history");
    const ofHistory = history.rows.map(({ figures }) => figures["historyOrders"]);
    expect(ofHistory.slice(0, 4)).toEqual([0, finishedOrders, finishedOrders, 0]);
    const compared = ["shareOfFresh", "jobsShareOfFresh", "cpuOfFresh"];
    expect(missing(history, "long 2", ["secondsToMake", ...compared])).toEqual([]);
    const ratios = history.rows.flatMap(({ label, figures }) =>
      label.startsWith("long") ? [Number(figures["shareOfFresh"])] : [],
    );
    const median = history.rows.at(-1)?.figures["shareOfFresh"];
    expect([ratios.length, median]).toEqual([7, ratios.toSorted((a, b) => a - b)[3]]);
  });

  test("tells what each process carries, copies as one", () => {
    const roles = ["reservation", "payment", "status", "notification", "sweeper"];
    const carrying = resultOf("scaling").rows.map(({ figures }) =>
      Object.keys(figures["carries"] ?? {}),
    );
    expect(carrying.map((names) => names.filter((name) => !/postgres|redis/.test(name)))).toEqual([
      ["web", "worker"],
      ["web", ...roles],
    ]);
    const [, copies] = resultOf("scaling").rows;
    expect(copies?.figures["memoryMb"]).toMatchObject({ "notification-2": expect.any(Number) });
  });

  test("erases and deletes all kinds of what is due beside the load, and nothing else", () => {
    const keeping = resultOf("keeping");
    const [before, full] = keeping.rows.map(({ figures }) => figures["gonePerSecond"]);
    expect(before).toEqual({ persons: 0, keys: 0, bodies: 0, reports: 0, deliveries: 0 });
    expect(Object.keys(full ?? {})).toEqual(Object.keys(before ?? {}));
    const kept = ["gonePerSecond", "timesMade", "keepsUp", "shareOfUndisturbed"];
    expect(missing(keeping, "all due", kept)).toEqual([]);
    expect(keeping.rows.map(({ figures }) => typeof figures["lockWaitMs"])).toEqual([
      "number",
      "number",
      "number",
    ]);
  });

  test("of what was not measured it is found out", () => {
    const figures = {
      none: null,
      nothing: 0,
      some: 1,
      all: { a: 1, b: 2 },
      half: { a: 1, b: null },
    };
    const result = { name: "x", rows: [{ label: "load", figures }], bounds: [] };
    const asked = [...Object.keys(figures), "absent"];
    expect(missing(result, "load", asked)).toEqual(["none", "nothing", "half", "absent"]);
    expect(missing(result, "other load", ["some"])).toEqual(["some"]);
  });
});
