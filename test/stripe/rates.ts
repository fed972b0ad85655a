/** The most moments (in milliseconds) that lie within any one second. */
export function mostWithinASecond(moments: readonly number[]): number {
  const sorted = moments.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) >= 1_000) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** How many a second, from the first moment to the last. */
export function perSecondOf(moments: readonly number[]): number {
  const seconds = (Math.max(...moments) - Math.min(...moments)) / 1_000;
  return (moments.length - 1) / seconds;
}
