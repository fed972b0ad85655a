import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld, skuOf } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { percentilesOf } from "../measure/percentiles.ts";
import { bound, type Figures, memoryBound, type Result, type Row } from "../result.ts";

/** What the machine gives changes by more within minutes than what is looked for. */
const hotLoads = 3;

/**
 * One line an order over a thousand goods, and the same where all want the same one. Each hot load
 * stands between two that are spread, and is compared with their mean; the median counts.
 */
export async function hotSku(bench: Bench): Promise<Result> {
  return await inBenchWorld(bench, {}, async (world) => {
    const rows: Row[] = [{ label: "spread 1", figures: await measure(world, bench, spread) }];
    const shares: number[] = [];
    const briefly = { ...bench, pace: { ...bench.pace, warmUpMs: bench.pace.warmUpMs / 3 } };
    for (let nr = 1; nr <= hotLoads; nr++) {
      const before = rows.at(-1)?.figures;
      const hot = await measure(world, briefly, allTheSame);
      const after = await measure(world, briefly, spread);
      const shareOfSpread = (2 * rateOf(hot)) / (rateOf(before) + rateOf(after));
      shares.push(shareOfSpread);
      rows.push(
        { label: `one hot SKU ${nr}`, figures: { ...hot, shareOfSpread } },
        { label: `spread ${nr + 1}`, figures: after },
      );
    }
    // One that is missing is not to shift the median.
    const isWhole = shares.every(Number.isFinite);
    const shareOfSpread = isWhole ? percentilesOf(shares).p50 : Number.NaN;
    return {
      name: "hot-sku",
      title: `Every order wants the same SKU, ${bench.sizes.crowd} clients`,
      rows: [...rows, { label: "median", figures: { shareOfSpread } }],
      bounds: [
        bound("hot SKU, as a share of the spread load", shareOfSpread, { atLeast: 0.9 }),
        memoryBound(rows),
      ],
    };
  });
}

const spread = (nr: number) => [{ sku: skuOf(nr * 7_919), quantity: 1 }];
const allTheSame = () => [{ sku: skuOf(0), quantity: 1 }];

function measure(world: BenchWorld, { pace, sizes }: Bench, linesOf: typeof spread) {
  return measureLoad(world, pace, { clients: sizes.crowd, linesOf });
}

function rateOf(load: Figures | undefined): number {
  return load?.ordersPerSecond ?? Number.NaN;
}
