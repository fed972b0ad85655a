import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { measureLoad } from "../load/measure-load.ts";
import { machineOf, shapeOf } from "../machine.ts";
import { type CpuProfile, readCpuProfile } from "../pictures/cpu-profile.ts";
import { drawFlameGraph } from "../pictures/flame-graph.ts";
import { profileTable } from "../pictures/profile-table.ts";
import type { Result } from "../result.ts";

const clients = 256;
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
  const figures = await inBenchWorld(
    bench,
    { settings },
    async (world) => await measureLoad(world, bench.pace, { clients }),
  );
  const profiles = readdirSync(folder).map((file) =>
    readCpuProfile(readFileSync(path.join(folder, file), "utf8")),
  );
  for (const [name, mark] of Object.entries(processes)) {
    const own = profiles.find((each) => runs(each, mark));
    if (own) keep(bench, name, own);
  }
  rmSync(folder, { recursive: true, force: true });
  const title = `Under the profiler, ${clients} clients`;
  return { name: "profile", title, rows: [{ label: "profiled", figures }], bounds: [] };
}

function runs({ nodes }: CpuProfile, mark: string): boolean {
  return nodes.some(({ callFrame }) => callFrame.url.endsWith(mark));
}

function keep({ folder, pace, say }: Bench, name: string, own: CpuProfile): void {
  const wishes = { skipMs: pace.warmUpMs + pace.yardstickMs };
  const { busyMs, spanMs, origins, functions } = profileTable(own, wishes);
  const heading = `${clients} clients, whole orders; ${shapeOf(machineOf())}`;
  const file = path.join(folder, `flame-${name}.svg`);
  writeFileSync(file, drawFlameGraph(own, { title: `The process ${name}`, heading, ...wishes }));
  say(`${name}: busy ${((100 * busyMs) / spanMs).toFixed(0)} %, drawn in ${file}`);
  const share = (part: number) => `${(100 * part).toFixed(1)} %`;
  for (const { origin, selfShare, causedShare } of origins) {
    say(`  ${origin}: ${share(selfShare)} in itself, ${share(causedShare)} with what it causes`);
  }
  for (const { selfShare, ...frame } of functions.slice(0, 5)) {
    say(`  ${share(selfShare)} ${Object.values(frame).slice(0, 2).join(" ")}`);
  }
}
