import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "./child.ts";
import { MissingPiece } from "./missing-piece.ts";

const pauseMs = 20;
const patienceMs = 60_000;
const linesShown = 12;

/** A process of the world ended, or did not come up, though nobody asked it to end. */
export class ChildFailed extends MissingPiece {
  constructor(child: Child, what: string) {
    const last = child.lines.slice(-linesShown).map((line) => `    ${line}`);
    super(`The process ${child.name} ${what}. Its last lines:\n${last.join("\n")}\n`, "");
  }
}

/** Waits until the process has printed a line of this shape; answers what the pattern caught. */
export async function untilItSays(child: Child, pattern: RegExp): Promise<RegExpExecArray> {
  return await until(child, () => {
    for (const line of child.lines) {
      const found = pattern.exec(line);
      if (found) return found;
    }
    return undefined;
  });
}

/** Waits until the address answers with 200. */
export async function untilItAnswers(child: Child, url: string): Promise<void> {
  await until(child, async () => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      await answer.body?.cancel();
      return answer.ok ? true : undefined;
    } catch {
      return undefined;
    }
  });
}

/** Waits for a process that does its work and ends. */
export async function untilItIsDone(child: Child): Promise<void> {
  const { code, signal } = await child.ended;
  if (code !== 0) throw new ChildFailed(child, `failed (${signal ?? `exit code ${code}`})`);
}

async function until<T>(child: Child, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const found = await probe();
    if (found !== undefined && found !== null) return found;
    if (!child.isRunning) throw new ChildFailed(child, "ended while it was starting");
    await delay(pauseMs);
  }
  throw new ChildFailed(child, `was not ready within ${patienceMs / 1_000} s`);
}
