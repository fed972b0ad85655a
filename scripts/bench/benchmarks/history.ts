import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { generateHistory } from "../history/generate-history.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, memoryBound, type Result } from "../result.ts";

const clients = 256;

/** The same load in a new shop, and in one with a long history. */
export async function history(bench: Bench): Promise<Result> {
  const { finishedOrders } = bench.sizes;
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
    const made = { ordersInTables: finishedOrders, secondsToMake };
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
