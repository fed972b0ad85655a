import type { Settings } from "../config.ts";

/** A lease doubles with every fruitless sweep, up to this. */
const longestSeconds = 300;

type LeaseSettings = Pick<Settings, "LEASE_SECONDS">;

/** What the first fruitless sweep gives a row, the second, and so on; the last for all after it. */
export function leases({ LEASE_SECONDS: lease }: LeaseSettings): number[] {
  const doublings = Math.max(0, Math.ceil(Math.log2(longestSeconds / lease)));
  return Array.from({ length: doublings + 1 }, (_, nr) =>
    Math.min(lease * 2 ** nr, longestSeconds),
  );
}

/** At least so many seconds ago a row was hinted that is swept for the nth time. */
export function sinceHint(settings: LeaseSettings, nth: number): number {
  const given = leases(settings);
  const before = Array.from({ length: nth - 1 }, (_, nr) => given[nr] ?? longestSeconds);
  // The first one was its commit's.
  return before.reduce((sum, seconds) => sum + seconds, settings.LEASE_SECONDS);
}
