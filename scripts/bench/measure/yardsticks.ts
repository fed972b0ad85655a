import type { BenchWorld } from "../bench-world.ts";
import type { Figures } from "../result.ts";
import { untilAtRest } from "./at-rest.ts";
import { durableCommitsPerSecond, echoesPerSecond, emptyJobs } from "./raw-limits.ts";

/** What the machine gives when nothing stands around it. */
export interface Yardsticks {
  /** J. */
  emptyJobsPerSecond: number;
  /** Of Redis and of the one process that adds and works them. */
  emptyJobCpuMs: number;
  /** P. */
  durableCommitsPerSecond: number;
  echoesPerSecond: number;
}

export async function readYardsticks(world: BenchWorld, ms: number): Promise<Yardsticks> {
  const jobs = await emptyJobsAtRest(world, ms);
  return {
    emptyJobsPerSecond: jobs.perSecond,
    emptyJobCpuMs: jobs.cpuMs,
    durableCommitsPerSecond: await durableCommitsPerSecond(world, ms),
    echoesPerSecond: await echoesPerSecond(ms),
  };
}

/** J on a machine that is idle otherwise, as far as that is ours to say. */
export async function emptyJobsAtRest(world: BenchWorld, ms: number) {
  await untilAtRest(world, 2 * ms);
  return await emptyJobs(world, ms);
}

/** Does what is to be measured between two looks at the yardsticks; answers their mean, too. */
export async function besideYardsticks<T>(
  world: BenchWorld,
  ms: number,
  load: () => Promise<T>,
): Promise<[measured: T, yardsticks: Yardsticks & { driftOfJ: number }]> {
  const before = await readYardsticks(world, ms);
  const measured = await load();
  const after = await readYardsticks(world, ms);
  const mean = (key: keyof Yardsticks) => (before[key] + after[key]) / 2;
  return [
    measured,
    {
      driftOfJ: after.emptyJobsPerSecond / before.emptyJobsPerSecond,
      emptyJobsPerSecond: mean("emptyJobsPerSecond"),
      emptyJobCpuMs: mean("emptyJobCpuMs"),
      durableCommitsPerSecond: mean("durableCommitsPerSecond"),
      echoesPerSecond: mean("echoesPerSecond"),
    },
  ];
}

/** A rate as parts of what the same machine gave in the same minute. */
export function sharesOf(perSecond: number, yardsticks: Yardsticks): Figures {
  return {
    ...yardsticks,
    jobsShare: perSecond / yardsticks.emptyJobsPerSecond,
    commitsShare: perSecond / yardsticks.durableCommitsPerSecond,
    echoesShare: perSecond / yardsticks.echoesPerSecond,
  };
}
