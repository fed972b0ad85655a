const lookForParentMs = 1_000;
const echoMs = 1_500;

/**
 * Hears when the program is to stop: Ctrl-C, SIGTERM, a closed terminal, or the end of the
 * bootstrap that started us. After Ctrl-C the same wish comes up to three times (from the
 * terminal, from npm, from the bootstrap); a later Ctrl-C means that somebody will not wait.
 */
export function watchForStop(env: NodeJS.ProcessEnv, impatient: () => void): AbortSignal {
  const stop = new AbortController();
  let firstAt: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      firstAt ??= performance.now();
      if (signal === "SIGINT" && performance.now() - firstAt > echoMs) impatient();
      stop.abort(new StopWish(signal));
    });
  }
  const bootstrap = Number(env["AURORA_BOOTSTRAP_PID"]);
  if (bootstrap === process.ppid) {
    const timer = setInterval(() => {
      if (process.ppid !== bootstrap) stop.abort(new StopWish("the end of npm"));
    }, lookForParentMs);
    timer.unref();
  }
  return stop.signal;
}

/** Why a start was given up: nobody's fault. */
export class StopWish extends Error {
  override readonly name = "StopWish";
}
