import type { Hint, QueueName } from "../queues/hint.ts";
import { isBundled } from "../queues/index.ts";
import type { SweeperMeans } from "./sweeper.ts";

/** A lease doubles with every fruitless sweep, up to this. */
export const longestLeaseSeconds = 300;

/**
 * Those whose bundle can't be waiting any more: a queue is worked in order, so that a row's bundle
 * may wait while the queue's oldest job is older than the row's hint. Its own job would be worked
 * besides, when there is least time for it. A hint that was lost then waits for as long as the
 * queue would have made it wait. `sweeps` is 0 for a row whose own job is known to have failed.
 */
export async function notInLine(
  { hints: { queue }, settings }: SweeperMeans,
  hinted: readonly { hint: Hint; sweeps: number }[],
): Promise<Hint[]> {
  const oldest = new Map<QueueName, number>();
  for (const name of new Set(hinted.map(({ hint }) => hint.queue))) {
    const [job] = await queue(name).getJobs(["waiting"], 0, 0, true);
    oldest.set(name, job ? (Date.now() - job.timestamp) / 1_000 : 0);
  }
  return hinted.flatMap(({ hint, sweeps }) => {
    const seconds = oldest.get(hint.queue) ?? 0;
    if (sweeps === 0 || !isBundled(hint)) return [hint];
    return seconds > sinceHint(settings.LEASE_SECONDS, sweeps) ? [] : [hint];
  });
}

/** At least so many seconds ago a row was hinted that is swept for the nth time: its leases. */
function sinceHint(lease: number, sweeps: number): number {
  let seconds = lease;
  for (let nth = 1; nth < sweeps; nth++) seconds += leaseAfter(lease, nth);
  return seconds;
}

/** The lease that the nth fruitless sweep gives. */
function leaseAfter(lease: number, nth: number): number {
  return Math.min(lease * 2 ** (nth - 1), longestLeaseSeconds);
}
