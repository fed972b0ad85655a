import type { Pace } from "../bench.ts";
import type { BenchWorld } from "../bench-world.ts";
import { latencyOf } from "../measure/latency.ts";
import { connectionsOf, costPerOrder, openMeter } from "../measure/meter.ts";
import { emptyJobsPerSecond } from "../measure/raw-limits.ts";
import type { Figures } from "../result.ts";
import { type OrderLines, openBuyers } from "./buyer.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { usualLines } from "./usual-lines.ts";

export interface Load {
  clients: number;
  linesOf?: (nr: number) => OrderLines;
}

/** One load in a closed loop, with the raw rate of empty jobs measured just before and after. */
export async function measureLoad(
  world: BenchWorld,
  pace: Pace,
  { clients, linesOf = usualLines }: Load,
): Promise<Figures> {
  await world.control("/stripe/auto_pay", { on: true });
  const meter = openMeter(world);
  const buyers = await openBuyers(world, clients);
  try {
    const jobsBefore = await emptyJobsPerSecond(world, pace.yardstickMs);
    const { before, after, purchases, perSecond } = await runClosedLoop(buyers, meter, {
      ...{ clients, linesOf, ...pace },
    });
    const jobsAfter = await emptyJobsPerSecond(world, pace.yardstickMs);
    const jobs = (jobsBefore + jobsAfter) / 2;
    const memory = Object.entries(after.usage).map(([name, usage]) => [name, usage.residentMb]);
    return {
      ordersPerSecond: perSecond,
      jobsShare: perSecond / jobs,
      emptyJobsPerSecond: jobs,
      ...(await latencyOf(world.db, purchases)),
      ...(await costPerOrder(world, before, after, purchases.length)),
      memoryMb: Object.fromEntries(memory),
      connections: await connectionsOf(world),
    };
  } finally {
    buyers.close();
    meter.close();
  }
}
