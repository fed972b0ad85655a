import { sql } from "kysely";
import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import { generateHistory } from "../history/generate-history.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, memoryBound, type Result } from "../result.ts";

/** The same load in a new shop, and in one with a long history. */
export async function history(bench: Bench): Promise<Result> {
  const { finishedOrders, crowd: clients } = bench.sizes;
  // A round of the invariants reads all tables: it is not to fall into one of them by chance.
  const settings = { INVARIANT_MINUTES: "600" };
  return await inBenchWorld(bench, { settings }, async (world) => {
    // Twice: what a long history is compared with comes from processes as warm as its own.
    const young = await measureLoad(world, bench.pace, { clients });
    const fresh = await measureLoad(world, bench.pace, { clients });
    bench.say(`An empty shop: ${fresh.ordersPerSecond?.toFixed(0)} orders/s`);
    const startedAt = performance.now();
    await generateHistory(world.databaseUrl, { orders: finishedOrders, say: bench.say });
    const secondsToMake = (performance.now() - startedAt) / 1_000;
    const old = await measureLoad(world, bench.pace, { clients });
    const shareOfFresh = (old.ordersPerSecond ?? 0) / (fresh.ordersPerSecond ?? 0);
    const made = { ordersInTables: await countFinished(world), secondsToMake };
    const rows = [
      { label: "empty shop", figures: { ordersInTables: 0, ...young } },
      { label: "the same again", figures: { ordersInTables: 0, ...fresh } },
      { label: "long history", figures: { ...old, ...made, shareOfFresh } },
    ];
    return {
      name: "history",
      title: `With 0 and with ${finishedOrders} finished orders, ${clients} clients`,
      rows,
      bounds: [
        bound("history, as a share of the empty shop again", shareOfFresh, { atLeast: 0.9 }),
        memoryBound(rows),
      ],
    };
  });
}

/** The load's own orders are of today. */
async function countFinished({ db }: BenchWorld): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM orders WHERE placed_at < now() - interval '1 day'`.execute(db);
  return rows[0]?.count ?? Number.NaN;
}
