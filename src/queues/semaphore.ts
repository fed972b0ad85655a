/** Lets at most `places` calls to the outside run at the same time; the others wait in line. */
export function semaphore(
  places: number,
): <Result>(call: () => Promise<Result>) => Promise<Result> {
  const line: (() => void)[] = [];
  let free = places;
  return async (call) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      return await call();
    } finally {
      const next = line.shift();
      if (next) next();
      else free++;
    }
  };
}
