import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { generateHistory } from "../history/generate-history.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, type Result } from "../result.ts";

const clients = 256;

/** The same load in a new shop, and in one with a long history. */
export async function history(bench: Bench): Promise<Result> {
  const { finishedOrders } = bench.sizes;
  // A round of the invariants reads all tables: it is not to fall into one of the two by chance.
  const settings = { INVARIANT_MINUTES: "600" };
  return await inBenchWorld(bench, { settings }, async (world) => {
    const fresh = await measureLoad(world, bench.pace, { clients });
    bench.say(`An empty shop: ${fresh.ordersPerSecond?.toFixed(0)} orders/s`);
    const startedAt = performance.now();
    await generateHistory(world.databaseUrl, { orders: finishedOrders, say: bench.say });
    const secondsToMake = (performance.now() - startedAt) / 1_000;
    const old = await measureLoad(world, bench.pace, { clients });
    const shareOfFresh = (old.ordersPerSecond ?? 0) / (fresh.ordersPerSecond ?? 0);
    const made = { ordersInTables: finishedOrders, secondsToMake };
    return {
      name: "history",
      title: `With 0 and with ${finishedOrders} finished orders, ${clients} clients`,
      rows: [
        { label: "empty shop", figures: { ordersInTables: 0, ...fresh } },
        { label: "long history", figures: { ...old, ...made, shareOfFresh } },
      ],
      bounds: [bound("history, as a share of an empty shop", shareOfFresh, { atLeast: 0.9 })],
    };
  });
}
