import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A clock tick of /proc, in milliseconds. */
const tickMs = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** What a process has used since its start: CPU time, and memory at this moment. */
export interface Usage {
  cpuMs: number;
  residentMb: number;
  /** The most that it has been. */
  peakMb: number;
}

/**
 * Reads /proc. With `children`, its living children are counted in, and what those that ended had
 * used: PostgreSQL has a process for each connection.
 */
export function usageOf(pid: number, { children = false } = {}): Usage {
  const own = readStat(pid);
  if (!own) throw new Error(`Process ${pid} is gone: look into the logs of the benchmark's world.`);
  if (!children) return { cpuMs: own.ticks * tickMs, ...memoryOf(pid) };
  const living = childrenOf(pid).flatMap((child) => readStat(child) ?? []);
  const ticks = living.reduce((sum, child) => sum + child.ticks, own.ticks + own.endedTicks);
  // Shared buffers are in every child's resident memory: proportional shares count them once.
  const all = [pid, ...childrenOf(pid)];
  const resident = all.reduce((sum, each) => sum + proportionalMb(each), 0);
  return { cpuMs: ticks * tickMs, residentMb: resident, peakMb: Number.NaN };
}

function readStat(pid: number): { ticks: number; endedTicks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { ticks: user + system, endedTicks: endedUser + endedSystem };
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").map(Number),
  );
}

function memoryOf(pid: number): Omit<Usage, "cpuMs"> {
  const megabytes = (name: string) => kilobytesIn(`/proc/${pid}/status`, name) / 1_024;
  return { residentMb: megabytes("VmRSS"), peakMb: megabytes("VmHWM") };
}

function proportionalMb(pid: number): number {
  try {
    return kilobytesIn(`/proc/${pid}/smaps_rollup`, "Pss") / 1_024;
  } catch {
    return 0;
  }
}

function kilobytesIn(file: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
}
