import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld, skuOf } from "../bench-world.ts";
import { type Buyers, openBuyers } from "../load/buyer.ts";
import { runClosedLoop } from "../load/closed-loop.ts";
import { measureLoad } from "../load/measure-load.ts";
import { type Meter, openMeter } from "../measure/meter.ts";
import { percentilesOf } from "../measure/percentiles.ts";
import { bound, type Figures, memoryBound, type Result, type Row } from "../result.ts";

/** What the machine gives changes by more within minutes than what is looked for. */
const blocks = 5;
/** An empty window would say nothing of either. */
const leastWindowMs = 1_000;

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

/** `auto_pay` is on since the loads before. */
async function compareInBlocks(world: BenchWorld, bench: Bench): Promise<Row[]> {
  const meter = openMeter(world);
  const buyers = await openBuyers(world, bench.sizes.crowd);
  const rate = (linesOf: Lines) => rateOf(buyers, meter, bench, linesOf);
  try {
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
  } finally {
    buyers.close();
    meter.close();
  }
}

async function rateOf(buyers: Buyers, meter: Meter, { pace, sizes }: Bench, linesOf: Lines) {
  const times = {
    warmUpMs: pace.warmUpMs / 5,
    measureMs: Math.max(leastWindowMs, pace.measureMs / 3),
  };
  const loop = { clients: sizes.crowd, linesOf, ...times };
  return (await runClosedLoop(buyers, meter, loop)).perSecond;
}

/** One that is missing is not to shift it. */
function medianOf(shares: readonly number[]): number {
  return shares.every(Number.isFinite) ? percentilesOf(shares).p50 : Number.NaN;
}
