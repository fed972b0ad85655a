/** How long somebody whose password was wrong has to wait, in memory and by address. */
export type Knocking = {
  /** Seconds until this caller may try again; 0 when they may. */
  waitSeconds(caller: string): number;
  failed(caller: string): void;
  succeeded(caller: string): void;
};

/** The first slips are free; from then on the wait doubles up to a minute. */
const freeFailures = 5;
const longestWaitSeconds = 60;
const forgetMs = 15 * 60_000;
const mostCallers = 1_000;
/** Addresses are cheap: all callers together may fail so often in a minute. */
const mostPerMinute = 60;

type Failures = { count: number; lastAt: number };

export function watchKnocking(now: () => number = () => performance.now()): Knocking {
  const callers = new Map<string, Failures>();
  let minute = { startedAt: now(), failures: 0 };

  return {
    waitSeconds(caller) {
      if (now() - minute.startedAt > 60_000) minute = { startedAt: now(), failures: 0 };
      const sharedMs = minute.failures >= mostPerMinute ? minute.startedAt + 60_000 - now() : 0;
      const known = callers.get(caller);
      const ownMs = known ? known.lastAt + waitMs(known.count) - now() : 0;
      return Math.max(0, Math.ceil(Math.max(sharedMs, ownMs) / 1_000));
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
