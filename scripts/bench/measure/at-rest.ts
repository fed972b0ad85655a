import { setTimeout as delay } from "node:timers/promises";
import type { BenchWorld } from "../bench-world.ts";
import { usageOf } from "./cpu.ts";

const lookMs = 200;
/** Of one core, for all processes together: an idle world has a few per cent. */
const restingShare = 0.1;

/**
 * Waits for what a load leaves behind, PostgreSQL's vacuum above all: it would take the cores from
 * what is measured next. Goes on after `mostMs` whatever is left.
 */
export async function untilAtRest(world: BenchWorld, mostMs: number): Promise<void> {
  const deadline = performance.now() + mostMs;
  let last = cpuOf(world);
  while (performance.now() < deadline) {
    await delay(lookMs);
    const now = cpuOf(world);
    if ((now.cpuMs - last.cpuMs) / (now.atMs - last.atMs) < restingShare) return;
    last = now;
  }
}

/** Of those that run: some benchmarks stop processes between their loads. */
function cpuOf({ processes, child, marks }: BenchWorld): { cpuMs: number; atMs: number } {
  const pids = [...processes, "sandbox"].map((name) => child(name).pid);
  const own = [...pids, marks.redis?.pid].flatMap((pid) => (pid ? [usageOf(pid)] : []));
  const postgres = marks.postgres ? [usageOf(marks.postgres.pid, { children: true })] : [];
  const cpuMs = [...own, ...postgres].reduce((sum, usage) => sum + usage.cpuMs, 0);
  return { cpuMs, atMs: performance.now() };
}
