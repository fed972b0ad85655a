import type { Hint, QueueName } from "../queues/hint.ts";
import { isBundled } from "../queues/index.ts";
import { sinceHint } from "./leases.ts";
import type { SweeperMeans } from "./sweeper.ts";

/** A hint of a row that is swept for the nth time, and whether no job is known to have begun it. */
export type SweptHint = { hint: Hint; sweeps: number; isUnbegun: boolean };

/**
 * Those whose bundle can't be waiting any more: a queue is worked in order, so that a row's bundle
 * may wait while the queue's oldest job is older than the row's hint. Its own job would be worked
 * besides, when there is least time for it. A hint that was lost then waits for as long as the
 * queue would have made it wait, and up to one more lease.
 */
export async function notInLine(
  { hints: { queue }, settings }: SweeperMeans,
  swept: readonly SweptHint[],
): Promise<Hint[]> {
  const mayWait = ({ hint, isUnbegun }: SweptHint) => isUnbegun && isBundled(hint);
  const oldest = new Map<QueueName, number>();
  for (const name of new Set(swept.filter(mayWait).map(({ hint }) => hint.queue))) {
    const [job] = await queue(name).getJobs(["waiting"], 0, 0, true);
    oldest.set(name, job ? (Date.now() - job.timestamp) / 1_000 : 0);
  }
  const isInLine = (each: SweptHint) =>
    mayWait(each) && (oldest.get(each.hint.queue) ?? 0) > sinceHint(settings, each.sweeps);
  return swept.filter((each) => !isInLine(each)).map(({ hint }) => hint);
}
