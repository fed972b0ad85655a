export type Width = { least: number; most: number; soonSeconds: number };

/**
 * Lets calls run side by side, the more of them the sooner they end: `least` to begin with and
 * whenever one takes longer than `soonSeconds`, one more for each that does not, up to `most`.
 * The others wait in line.
 */
export function openWindow({ least, most, soonSeconds }: Width) {
  const line: (() => void)[] = [];
  let width = least;
  let running = 0;

  function admit(): void {
    for (; running < width && line.length > 0; running++) line.shift()?.();
  }

  return async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await new Promise<void>((resolve) => {
      line.push(resolve);
      admit();
    });
    const began = performance.now();
    try {
      return await call();
    } finally {
      const isSoon = performance.now() - began <= soonSeconds * 1_000;
      width = isSoon ? Math.min(width + 1, most) : least;
      running--;
      admit();
    }
  };
}
