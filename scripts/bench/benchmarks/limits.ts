import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { readYardsticks } from "../measure/yardsticks.ts";
import type { Result } from "../result.ts";

/** What the machine gives when nothing stands around it. */
export async function limits(bench: Bench): Promise<Result> {
  const { yardstickMs } = bench.pace;
  const figures = await inBenchWorld(
    bench,
    {},
    async (world) => await readYardsticks(world, yardstickMs),
  );
  const rows = [{ label: "this machine", figures }];
  return { name: "limits", title: "Raw limits of the machine", rows, bounds: [] };
}
