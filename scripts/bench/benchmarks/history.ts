import { sql } from "kysely";
import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import { generateHistory } from "../history/generate-history.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, memoryBound, type Result } from "../result.ts";

/**
 * The same load in a new shop, and in one with a long history. Both stand beside each other and
 * are loaded in turn, there and back: what the machine gives changes by more within minutes than
 * what is looked for.
 */
export async function history(bench: Bench): Promise<Result> {
  const { finishedOrders, crowd: clients } = bench.sizes;
  // A round of the invariants reads all tables: it is not to fall into one of the loads by chance.
  const wishes = { settings: { INVARIANT_MINUTES: "600" } };
  return await inBenchWorld(bench, wishes, async (young) => {
    return await inBenchWorld(bench, wishes, async (old) => {
      const startedAt = performance.now();
      await generateHistory(old.databaseUrl, { orders: finishedOrders, say: bench.say });
      const secondsToMake = (performance.now() - startedAt) / 1_000;
      const made = { ordersInTables: await countFinished(old), secondsToMake };

      const load = (world: BenchWorld) => measureLoad(world, bench.pace, { clients });
      bench.say("Warming up both shops");
      for (const world of [young, old]) await load(world);
      const [first, there, back, last] = [
        await load(young),
        await load(old),
        await load(old),
        await load(young),
      ];
      const shareOfFresh = rateOf(there, back) / rateOf(first, last);
      const rows = [
        { label: "empty shop", figures: { ordersInTables: 0, ...first } },
        { label: "long history", figures: { ...made, ...there } },
        { label: "long history again", figures: { ...made, ...back, shareOfFresh } },
        { label: "empty shop again", figures: { ordersInTables: 0, ...last } },
      ];
      return {
        name: "history",
        title: `With 0 and with ${finishedOrders} finished orders, ${clients} clients`,
        rows,
        bounds: [
          bound("history, as a share of the empty shop", shareOfFresh, { atLeast: 0.9 }),
          memoryBound(rows),
        ],
      };
    });
  });
}

function rateOf(...loads: { ordersPerSecond?: number | undefined }[]): number {
  return loads.reduce((sum, { ordersPerSecond = 0 }) => sum + ordersPerSecond, 0);
}

/** The load's own orders are of today. */
async function countFinished({ db }: BenchWorld): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM orders WHERE placed_at < now() - interval '1 day'`.execute(db);
  return rows[0]?.count ?? Number.NaN;
}
