import { type Bench, inBenchWorld, skuOf } from "../bench-world.ts";
import { openBuyers } from "../load/buyer.ts";
import { runClosedLoop } from "../load/closed-loop.ts";
import { openMeter } from "../measure/meter.ts";
import { emptyJobsPerSecond } from "../measure/raw-limits.ts";
import type { Result, Row } from "../result.ts";
import { figuresOf } from "../window-figures.ts";

const clientCounts = [16, 64, 256];
const warmUpMs = 4_000;
const measureMs = 12_000;
const yardstickMs = 3_000;

/** Two lines over a thousand goods. */
export const usualLines = (nr: number) => [
  { sku: skuOf(nr * 7_919), quantity: 1 },
  { sku: skuOf(nr * 104_729 + 500), quantity: 2 },
];

/** (a) Whole orders, from the POST to the mail, by number of clients. */
export async function throughput(bench: Bench): Promise<Result> {
  return await inBenchWorld(bench, {}, async (world) => {
    await world.control("/stripe/auto_pay", { on: true });
    const meter = openMeter(world);
    const rows: Row[] = [];
    for (const clients of clientCounts) {
      const before = await emptyJobsPerSecond(world, yardstickMs);
      const buyers = await openBuyers(world, clients);
      const loop = { clients, warmUpMs, measureMs, linesOf: usualLines };
      const window = await runClosedLoop(buyers, meter, loop);
      buyers.close();
      const after = await emptyJobsPerSecond(world, yardstickMs);
      const jobs = (before + after) / 2;
      const figures = {
        ...(await figuresOf(world.db, window)),
        emptyJobsPerSecond: jobs,
        jobsShare: window.perSecond / jobs,
      };
      bench.say(`${clients} clients: ${window.perSecond.toFixed(0)} orders/s`);
      rows.push({ label: `${clients} clients`, figures });
    }
    meter.close();
    const { figures: full = {} } = rows.at(-1) ?? {};
    return {
      name: "throughput",
      title: "Whole orders, placed to mailed, closed loop",
      rows,
      bounds: [
        bound("orders/s as a share of J", full["jobsShare"], { atLeast: 0.06, aim: 0.08 }),
        bound("own CPU an order, ms", full["ownCpuMs"], { atMost: 6, aim: 4.5 }),
      ],
    };
  });
}

function bound(
  what: string,
  value = Number.NaN,
  limits: { atLeast?: number; atMost?: number; aim?: number },
) {
  return { what, value, ...limits };
}
