import type { Bench } from "../bench.ts";
import { inBenchWorld, skuOf } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, memoryBound, type Result } from "../result.ts";

/** One line an order over a thousand goods, and the same where all want the same one. */
export async function hotSku(bench: Bench): Promise<Result> {
  const clients = bench.sizes.crowd;
  return await inBenchWorld(bench, {}, async (world) => {
    const spreadLines = (nr: number) => [{ sku: skuOf(nr * 7_919), quantity: 1 }];
    const hotLines = () => [{ sku: skuOf(0), quantity: 1 }];
    const measure = async (linesOf: (nr: number) => { sku: string; quantity: number }[]) =>
      await measureLoad(world, bench.pace, { clients, linesOf });
    // Spread, hot, spread: what the machine's other guests do meanwhile is in both.
    const before = await measure(spreadLines);
    const hot = await measure(hotLines);
    const after = await measure(spreadLines);
    const spread = ((before.ordersPerSecond ?? 0) + (after.ordersPerSecond ?? 0)) / 2;
    const shareOfSpread = (hot.ordersPerSecond ?? 0) / spread;
    const rows = [
      { label: "spread", figures: before },
      { label: "one hot SKU", figures: { ...hot, shareOfSpread } },
      { label: "spread again", figures: after },
    ];
    return {
      name: "hot-sku",
      title: `Every order wants the same SKU, ${clients} clients`,
      rows,
      bounds: [
        bound("hot SKU, as a share of the spread load", shareOfSpread, { atLeast: 0.9 }),
        memoryBound(rows),
      ],
    };
  });
}
