import type { Pace } from "../bench.ts";
import type { BenchWorld } from "../bench-world.ts";
import { latencyOf } from "../measure/latency.ts";
import { connectionsOf, costPerOrder, openMeter, peaksOf } from "../measure/meter.ts";
import { besideYardsticks, sharesOf } from "../measure/yardsticks.ts";
import type { Figures } from "../result.ts";
import { type OrderLines, openBuyers } from "./buyer.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { usualLines } from "./usual-lines.ts";

export interface Load {
  clients: number;
  linesOf?: (nr: number) => OrderLines;
  /** What else happens between the looks at the yardsticks, before the load and after it. */
  around?<T>(load: () => Promise<T>): Promise<T>;
}

/** One load in a closed loop, beside what the machine gives. */
export async function measureLoad(
  world: BenchWorld,
  pace: Pace,
  { clients, linesOf = usualLines, around = (load) => load() }: Load,
): Promise<Figures> {
  await world.control("/stripe/auto_pay", { on: true });
  const meter = openMeter(world);
  const buyers = await openBuyers(world, clients);
  try {
    const loop = { clients, linesOf, ...pace };
    // Counted at once: who has nothing to do closes its connections.
    const run = async () => ({
      window: await runClosedLoop(buyers, meter, loop),
      connections: await connectionsOf(world),
    });
    const [measured, yardsticks] = await besideYardsticks(world, pace.yardstickMs, () =>
      around(run),
    );
    const { window, connections } = measured;
    const { before, after, purchases, perSecond } = window;
    const cost = await costPerOrder(world, before, after, purchases.length);
    const usage = Object.entries(after.usage);
    return {
      ordersPerSecond: perSecond,
      orders: purchases.length,
      ...sharesOf(perSecond, yardsticks),
      ...(await latencyOf(world.db, purchases)),
      ...cost,
      ownCpuInJobs: cost.ownCpuMs / yardsticks.emptyJobCpuMs,
      memoryMb: Object.fromEntries(usage.map(([name, { residentMb }]) => [name, residentMb])),
      peakMb: peaksOf(world, after),
      ...connections,
    };
  } finally {
    buyers.close();
    meter.close();
  }
}
