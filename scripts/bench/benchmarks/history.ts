import { sql } from "kysely";
import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import { generateHistory } from "../history/generate-history.ts";
import { measureLoad } from "../load/measure-load.ts";
import { percentilesOf } from "../measure/percentiles.ts";
import { bound, type Figures, memoryBound, type Result, type Row } from "../result.ts";

/** What the machine gives changes by more within minutes than what is looked for. */
const pairs = 7;

/**
 * The same load in a new shop, and in one with a long history. Both stand beside each other and
 * are loaded in turn, each second pair the other way round; the two of a pair are compared, and
 * the median of all pairs counts.
 */
export async function history(bench: Bench): Promise<Result> {
  const { finishedOrders, crowd: clients } = bench.sizes;
  // A round of the invariants reads all tables: it is not to fall into one of the loads by chance.
  const wishes = { settings: { INVARIANT_MINUTES: "600" } };
  return await inBenchWorld(bench, wishes, async (young) => {
    return await inBenchWorld({ ...bench, signal: young.signal }, wishes, async (old) => {
      const made = await makeHistory(old, bench);
      bench.say("Warming up both shops");
      for (const world of [young, old]) await measureLoad(world, bench.pace, { clients });
      const rows: Row[] = [];
      for (let nr = 1; nr <= pairs; nr++) {
        bench.say(`Loading both: ${nr} of ${pairs}`);
        rows.push(...(await measurePair(bench, { young, old, made, nr })));
      }
      const median = medianOf(rows.map(({ figures }) => figures));
      return {
        name: "history",
        title: `With 0 and with ${finishedOrders} finished orders, ${clients} clients`,
        rows: [...rows, { label: "median", figures: median }],
        bounds: [
          bound("history, as a share of the empty shop", median.shareOfFresh, { atLeast: 0.9 }),
          memoryBound(rows),
        ],
      };
    });
  });
}

type Pair = { young: BenchWorld; old: BenchWorld; made: Figures; nr: number };

/** The two loads in the order in which they were measured. Both shops are warm. */
async function measurePair({ pace, sizes }: Bench, { young, old, made, nr }: Pair) {
  const briefly = { ...pace, warmUpMs: pace.warmUpMs / 3 };
  const load = (world: BenchWorld) => measureLoad(world, briefly, { clients: sizes.crowd });
  const first = nr % 2 === 1 ? await load(young) : undefined;
  const long = await load(old);
  const empty = first ?? (await load(young));
  const rows = [
    { label: `empty ${nr}`, figures: { historyOrders: 0, ...empty } },
    { label: `long ${nr}`, figures: { ...made, ...long, ...sharesOfFresh(long, empty) } },
  ];
  return first ? rows : rows.toReversed();
}

function sharesOfFresh(long: Figures, empty: Figures): Figures {
  const shareOf = (name: "ordersPerSecond" | "jobsShare" | "ownCpuMs") =>
    (long[name] ?? Number.NaN) / (empty[name] ?? Number.NaN);
  return {
    shareOfFresh: shareOf("ordersPerSecond"),
    jobsShareOfFresh: shareOf("jobsShare"),
    cpuOfFresh: shareOf("ownCpuMs"),
  };
}

function medianOf(loads: readonly Figures[]): Figures {
  // One that is missing is not to shift the median.
  const median = (name: "shareOfFresh" | "jobsShareOfFresh" | "cpuOfFresh") => {
    const values = loads.flatMap(({ [name]: value }) => value ?? []);
    return values.every(Number.isFinite) ? percentilesOf(values).p50 : Number.NaN;
  };
  return {
    shareOfFresh: median("shareOfFresh"),
    jobsShareOfFresh: median("jobsShareOfFresh"),
    cpuOfFresh: median("cpuOfFresh"),
  };
}

async function makeHistory({ databaseUrl, db }: BenchWorld, { sizes, say }: Bench) {
  const startedAt = performance.now();
  await generateHistory(databaseUrl, { orders: sizes.finishedOrders, say });
  const secondsToMake = (performance.now() - startedAt) / 1_000;
  // The load's own orders are of today.
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM orders WHERE placed_at < now() - interval '1 day'`.execute(db);
  return { historyOrders: rows[0]?.count ?? Number.NaN, secondsToMake };
}
