import { setTimeout } from "node:timers/promises";

/** How long somebody whose password was wrong has to wait, in memory and by address. */
export type Knocking = {
  /** Seconds until this caller may try again; 0 when they may. */
  waitSeconds(caller: string): number;
  /**
   * When too many callers together have failed, lets one in at a time: who guesses has to wait
   * then, and so has the operator, but nobody is locked out. Answers 0 once they are in, or the
   * seconds after which to come again, when the line is too long.
   */
  standInLine(): Promise<number>;
  failed(caller: string): void;
  succeeded(caller: string): void;
};

/** The first slips are free; from then on the wait doubles up to a minute. */
const freeFailures = 5;
const longestWaitSeconds = 60;
const forgetMs = 15 * 60_000;
const mostCallers = 1_000;
/** Addresses are cheap: all callers together may fail so often in a minute, at full speed. */
const mostPerMinute = 60;
const lineStepMs = 250;
/** Nobody stands in line for longer than five seconds. */
const longestLine = 20;

type Failures = { count: number; lastAt: number };

export function watchKnocking(
  now: () => number = () => performance.now(),
  stepMs = lineStepMs,
): Knocking {
  const callers = new Map<string, Failures>();
  let minute = { startedAt: now(), failures: 0 };
  let line: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  return {
    waitSeconds(caller) {
      const known = callers.get(caller);
      const waitedMs = known ? known.lastAt + waitMs(known.count) - now() : 0;
      return Math.max(0, Math.ceil(waitedMs / 1_000));
    },
    async standInLine() {
      if (now() - minute.startedAt > 60_000) minute = { startedAt: now(), failures: 0 };
      if (minute.failures < mostPerMinute) return 0;
      if (waiting >= longestLine) return 1;
      waiting++;
      const turn = line.then(() => setTimeout(stepMs));
      line = turn;
      await turn;
      waiting--;
      return 0;
    },
    failed(caller) {
      minute.failures++;
      const known = callers.get(caller);
      const isRecent = known && now() - known.lastAt < forgetMs;
      callers.delete(caller);
      if (callers.size >= mostCallers) callers.delete(callers.keys().next().value ?? "");
      callers.set(caller, { count: isRecent ? known.count + 1 : 1, lastAt: now() });
    },
    succeeded(caller) {
      callers.delete(caller);
    },
  };
}

function waitMs(failures: number): number {
  if (failures < freeFailures) return 0;
  return Math.min(2 ** (failures - freeFailures), longestWaitSeconds) * 1_000;
}
