import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import { openBuyers } from "../load/buyer.ts";
import { runClosedLoop, type Window } from "../load/closed-loop.ts";
import { usualLines } from "../load/usual-lines.ts";
import { machineOf, shapeOf } from "../machine.ts";
import { costPerOrder, openMeter } from "../measure/meter.ts";
import { type CpuProfile, during, readCpuProfile } from "../pictures/cpu-profile.ts";
import { drawFlameGraph } from "../pictures/flame-graph.ts";
import { profileTable } from "../pictures/profile-table.ts";
import type { Result } from "../result.ts";

/** What each process is known by in its own profile: the file that only it runs. */
const processes = {
  web: "/src/api/server.ts",
  worker: "/src/workers/main.ts",
  "stand-ins": "/sandbox/main.ts",
} as const;

/**
 * Where the time goes: the load of the throughput benchmark under V8's profiler, whose samples
 * cost some of it, with a flame graph of each process.
 */
export async function profile(bench: Bench): Promise<Result> {
  mkdirSync(bench.folder, { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), "aurora-profiles-"));
  const settings = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
  const { figures, from, until } = await inBenchWorld(bench, { settings }, async (world) => {
    const { before, after, perSecond, purchases } = await loadOf(world, bench);
    const cost = await costPerOrder(world, before, after, purchases.length);
    return {
      figures: { ordersPerSecond: perSecond, ...cost },
      ...{ from: before.atMicroseconds, until: after.atMicroseconds },
    };
  });
  const profiles = readdirSync(folder).map((file) =>
    readCpuProfile(readFileSync(path.join(folder, file), "utf8")),
  );
  for (const [name, mark] of Object.entries(processes)) {
    const own = profiles.find((each) => runs(each, mark));
    if (own) keep(bench, name, during(own, from, until));
  }
  rmSync(folder, { recursive: true, force: true });
  const title = `Under the profiler, ${bench.sizes.crowd} clients`;
  return { name: "profile", title, rows: [{ label: "profiled", figures }], bounds: [] };
}

async function loadOf(world: BenchWorld, { pace, sizes }: Bench): Promise<Window> {
  await world.control("/stripe/auto_pay", { on: true });
  const meter = openMeter(world);
  const { crowd: clients } = sizes;
  const buyers = await openBuyers(world, clients);
  const window = await runClosedLoop(buyers, meter, { clients, linesOf: usualLines, ...pace });
  buyers.close();
  meter.close();
  return window;
}

function runs({ nodes }: CpuProfile, mark: string): boolean {
  return nodes.some(({ callFrame }) => callFrame.url.endsWith(mark));
}

function keep({ folder, say, sizes }: Bench, name: string, own: CpuProfile): void {
  const { busyMs, spanMs, origins, functions } = profileTable(own);
  const heading = `${sizes.crowd} clients, whole orders; ${shapeOf(machineOf())}`;
  const file = path.join(folder, `flame-${name}.svg`);
  writeFileSync(file, drawFlameGraph(own, { title: `The process ${name}`, heading }));
  say(`${name}: busy ${((100 * busyMs) / spanMs).toFixed(0)} %, drawn in ${file}`);
  const share = (part: number) => `${(100 * part).toFixed(1)} %`;
  for (const { origin, selfShare, causedShare } of origins) {
    say(`  ${origin}: ${share(selfShare)} in itself, ${share(causedShare)} with what it causes`);
  }
  for (const { selfShare, ...frame } of functions.slice(0, 5)) {
    say(`  ${share(selfShare)} ${Object.values(frame).slice(0, 2).join(" ")}`);
  }
}
