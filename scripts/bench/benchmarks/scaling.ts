import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { outside } from "../measure/meter.ts";
import { type Figures, memoryBound, type Result, type Row } from "../result.ts";

const roles = ["reservation", "payment", "status", "notification", "sweeper"];

/** The processes of the Procfile in other numbers: what each costs, and what more of it gives. */
const layouts = {
  "web, worker": ["web", "worker"],
  "web, 2 workers": ["web", "worker", "worker"],
  "web, one of each role": ["web", ...roles],
  "web, 2 notification": ["web", ...roles, "notification"],
} as const;
/** Every role is in them, and one of them twice. */
const fewLayouts: readonly string[] = ["web, worker", "web, 2 notification"];

export async function scaling(bench: Bench): Promise<Result> {
  const clients = bench.sizes.crowd;
  const rows: Row[] = [];
  for (const [label, processes] of Object.entries(layouts)) {
    if (!bench.sizes.everyLayout && !fewLayouts.includes(label)) continue;
    const figures = await inBenchWorld(
      bench,
      { processes },
      async (world) => await measureLoad(world, bench.pace, { clients }),
    );
    bench.say(`${label}: ${figures.ordersPerSecond?.toFixed(0)} orders/s`);
    rows.push({ label, figures: { ...figures, carries: carriesOf(figures) } });
  }
  const title = `Processes scaled by count, ${clients} clients`;
  return { name: "scaling", title, rows, bounds: [memoryBound(rows)] };
}

/** A process runs on one core; a quarter of it is left for what comes all at once. */
const usableMs = 750;

/** Copies share the work: a process carries what all of its name do, divided by their number. */
function carriesOf({ cpuMs = {} }: Figures): Record<string, number> {
  const own = Object.entries(cpuMs).filter(([name]) => !outside.includes(name));
  const byName = Object.groupBy(own, ([name]) => name.replace(/-\d+$/, ""));
  return Object.fromEntries(
    Object.entries(byName).map(([name, copies = []]) => [
      name,
      usableMs / copies.reduce((sum, [, ms]) => sum + ms, 0),
    ]),
  );
}
