import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld, skuOf } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { withShortLoads } from "../load/short-loads.ts";
import { percentilesOf } from "../measure/percentiles.ts";
import { bound, type Figures, memoryBound, type Result, type Row } from "../result.ts";

/** Ratios of single blocks differ by a fifth; the median of five takes three minutes. */
const blocks = 5;
/** Of a full load's time, for each load of a block. */
const part = 1 / 3;

/**
 * One line an order over a thousand goods, and the same where all want the same one: each once at
 * length for what it costs, then both in blocks of spread, hot, hot, spread, so that the machine's
 * getting slower or quicker is in both. The median of the blocks counts.
 */
export async function hotSku(bench: Bench): Promise<Result> {
  const { crowd: clients } = bench.sizes;
  return await inBenchWorld(bench, {}, async (world) => {
    const full = (linesOf: Lines) => measureLoad(world, bench.pace, { clients, linesOf });
    const rows: Row[] = [
      { label: "spread", figures: await full(spread) },
      { label: "one hot SKU", figures: await full(allTheSame) },
    ];
    bench.say(`Both in turn, in ${blocks} blocks`);
    rows.push(...(await compareInBlocks(world, bench)));
    const shareOfSpread = medianOf(rows.flatMap(({ figures }) => figures.shareOfSpread ?? []));
    rows.push({ label: "median", figures: { shareOfSpread } });
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

type Lines = (nr: number) => { sku: string; quantity: number }[];
const spread: Lines = (nr) => [{ sku: skuOf(nr * 7_919), quantity: 1 }];
const allTheSame: Lines = () => [{ sku: skuOf(0), quantity: 1 }];

/** Spread, hot, hot, spread, again and again. */
async function compareInBlocks(world: BenchWorld, bench: Bench): Promise<Row[]> {
  return await withShortLoads(world, bench, part, async (load) => {
    const rate = async (linesOf: Lines) => (await load(linesOf)).perSecond;
    const rows: Row[] = [];
    for (let nr = 1; nr <= blocks; nr++) {
      const [before, hot, hotAgain, after] = [
        await rate(spread),
        await rate(allTheSame),
        await rate(allTheSame),
        await rate(spread),
      ];
      const spreadPerSecond = (before + after) / 2;
      const hotPerSecond = (hot + hotAgain) / 2;
      const shareOfSpread = hotPerSecond / spreadPerSecond;
      const figures: Figures = { spreadPerSecond, hotPerSecond, shareOfSpread };
      rows.push({ label: `block ${nr}`, figures });
    }
    return rows;
  });
}

/** One that is missing is not to shift it. */
function medianOf(shares: readonly number[]): number {
  return shares.every(Number.isFinite) ? percentilesOf(shares).p50 : Number.NaN;
}
