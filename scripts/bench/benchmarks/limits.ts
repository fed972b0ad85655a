import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import {
  durableCommitsPerSecond,
  echoesPerSecond,
  emptyJobsPerSecond,
} from "../measure/raw-limits.ts";
import type { Result } from "../result.ts";

/** What the machine gives when nothing stands around it. */
export async function limits(bench: Bench): Promise<Result> {
  const { yardstickMs } = bench.pace;
  const figures = await inBenchWorld(bench, {}, async (world) => ({
    emptyJobsPerSecond: await emptyJobsPerSecond(world, yardstickMs),
    durableCommitsPerSecond: await durableCommitsPerSecond(world, yardstickMs),
    echoesPerSecond: await echoesPerSecond(yardstickMs),
  }));
  const rows = [{ label: "this machine", figures }];
  return { name: "limits", title: "Raw limits of the machine", rows, bounds: [] };
}
