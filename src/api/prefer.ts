/** Routers cut a request that has had no answer for 30 s. */
const mostSeconds = 20;

/**
 * How long a client would like to wait for an outcome rather than be sent away (RFC 7240), in
 * seconds: at most 20, null when it said nothing of that. A preference that can't be read is none.
 */
export function preferredWait(prefer: string | undefined): number | null {
  for (const preference of (prefer ?? "").split(",")) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference) ?? [];
    // The first of several counts, as the RFC has it.
    if (seconds !== undefined) return Math.min(Number(seconds), mostSeconds);
  }
  return null;
}
