/**
 * For how many seconds a header Retry-After asks us to wait: either a number of seconds or a date.
 * What it may ask for is bounded; undefined where it says nothing that can be understood.
 */
export function secondsToWait(retryAfter: string | null, most: number): number | undefined {
  if (retryAfter === null) return undefined;
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000);
  return seconds >= 0 ? Math.min(seconds, most) : undefined;
}
