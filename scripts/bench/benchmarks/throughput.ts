import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, memoryBound, type Result, type Row } from "../result.ts";

/** The crowd, and so many times fewer. */
const parts = [16, 4, 1];

/** Whole orders, from the POST to the mail, by number of clients. */
export async function throughput(bench: Bench): Promise<Result> {
  const { crowd } = bench.sizes;
  const rows: Row[] = [];
  await inBenchWorld(bench, {}, async (world) => {
    for (const clients of parts.map((part) => crowd / part)) {
      const figures = await measureLoad(world, bench.pace, { clients });
      bench.say(`${clients} clients: ${figures.ordersPerSecond?.toFixed(0)} orders/s`);
      rows.push({ label: `${clients} clients`, figures });
    }
  });
  const { figures: full = {} } = rows.at(-1) ?? {};
  return {
    name: "throughput",
    title: "Whole orders, placed to mailed, in a closed loop",
    rows,
    bounds: [
      bound(`orders/s at ${crowd} clients, as a share of J`, full.jobsShare, {
        atLeast: 0.06,
        aim: 0.08,
      }),
      bound(`own CPU an order at ${crowd} clients, ms`, full.ownCpuMs, { atMost: 6, aim: 4.5 }),
      memoryBound(rows),
    ],
  };
}
