export type Width = { least: number; most: number; soonSeconds: number };

/**
 * Lets calls run side by side, the more of them the sooner they end: `least` to begin with and
 * whenever one has taken longer than `soonSeconds`, one more for each that ended well within that
 * time, up to `most`. The others wait in line. A call answers whether it ended well: a supplier
 * that refuses at once is not a quick one.
 */
export function openWindow(
  { least, most, soonSeconds }: Width,
  now: () => number = () => performance.now(),
) {
  const line: (() => void)[] = [];
  let width = least;
  let running = 0;

  function admit(): void {
    for (; running < width && line.length > 0; running++) line.shift()?.();
  }

  return async (call: () => Promise<boolean>): Promise<void> => {
    await new Promise<void>((resolve) => {
      line.push(resolve);
      admit();
    });
    const began = now();
    let isWell = false;
    try {
      isWell = await call();
    } finally {
      const isLate = now() - began > soonSeconds * 1_000;
      if (isLate) width = least;
      else if (isWell) width = Math.min(width + 1, most);
      running--;
      admit();
    }
  };
}
