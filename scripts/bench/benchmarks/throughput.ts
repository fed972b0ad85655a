import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { measureShareOfJ } from "../load/share-of-j.ts";
import { bound, memoryBound, type Result, type Row } from "../result.ts";

/** The crowd, and so many times fewer. */
const parts = [16, 4, 1];

/** Whole orders, from the POST to the mail, by number of clients; what the crowd makes of J. */
export async function throughput(bench: Bench): Promise<Result> {
  const { crowd } = bench.sizes;
  return await inBenchWorld(bench, {}, async (world) => {
    const byClients = await measureByClients(world, bench);
    const { figures: full = {} } = byClients.at(-1) ?? {};
    const inBlocks = await measureShareOfJ(world, bench);
    const rows = [...byClients, ...inBlocks.rows];
    return {
      name: "throughput",
      title: "Whole orders, placed to mailed, in a closed loop",
      rows,
      bounds: [
        bound(`orders/s at ${crowd} clients, as a share of J, all blocks`, inBlocks.jobsShare, {
          atLeast: 0.06,
          aim: 0.08,
        }),
        bound(`own CPU an order at ${crowd} clients, ms`, full.ownCpuMs, { atMost: 6, aim: 4.5 }),
        memoryBound(rows),
      ],
    };
  });
}

/** A full load of each number of clients, beside what the machine gives. */
async function measureByClients(world: BenchWorld, { sizes, pace, say }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const clients of parts.map((part) => sizes.crowd / part)) {
    const figures = await measureLoad(world, pace, { clients });
    say(`${clients} clients: ${figures.ordersPerSecond?.toFixed(0)} orders/s`);
    rows.push({ label: `${clients} clients`, figures });
  }
  return rows;
}
