import type { Queue } from "bullmq";
import { inTime } from "../patience.ts";
import { isBundleId, readBundle } from "./bundle.ts";
import type { QueueName } from "./hint.ts";
import type { Redis } from "./redis.ts";

/** A job that may be in a queue, by its id, and the row that it looks at. */
export type WantedJob = { queue: QueueName; id: string; rowId: string };

/** A job that is in a queue at this moment, and the row that it was looked for. */
export type FoundJob = WantedJob & {
  kind: string;
  /** How many rows it carries; the others of a bundle are mostly other orders'. */
  rows: number;
  state: "waiting" | "active" | "delayed" | "failed";
  failedReason: string | null;
  attemptsMade: number;
  /** When it was added, and when it failed. */
  addedAt: Date;
  finishedAt: Date | null;
};

/** People wait for this, and Redis may be frozen. */
const patienceMilliseconds = 1_000;
/** So many are looked up by their ids at most: the first of those that are wanted. */
const mostJobs = 400;
/** And in bundles so many rows of a queue. */
const mostRows = 1_000;
/** Workers hold a few hundred jobs at a time. */
const mostActive = 1_000;
/** Of so many that wait the longest the bundles are read: some thousand rows, in a megabyte. */
const mostWaiting = 300;

const fields = ["name", "data", "failedReason", "atm", "timestamp", "finishedOn"] as const;

/**
 * Looks jobs up by their ids in one round trip, and in a second one the bundles that carry their
 * rows; null when Redis does not answer. The lists of waiting jobs are not searched for ids: what
 * is there and in no other state waits. A bundle's id is not known beforehand: one that stands far
 * back in a long line is not found.
 */
export async function findJobs(
  redis: Redis,
  queue: (name: QueueName) => Queue,
  wanted: readonly WantedJob[],
): Promise<FoundJob[] | null> {
  if (redis.status !== "ready") return null;
  if (wanted.length === 0) return [];
  const first = Map.groupBy(wanted.slice(0, mostJobs), (job) => job.queue);
  const found = [...Map.groupBy(wanted, (job) => job.queue)].map(([name, jobs]) => {
    const rowIds = [...new Set(jobs.map(({ rowId }) => rowId))].slice(0, mostRows);
    return findIn(redis, queue(name), { name, rowIds, wanted: first.get(name) ?? [] });
  });
  try {
    return (await inTime(Promise.all(found), patienceMilliseconds)).flat();
  } catch {
    return null;
  }
}

/** The client writes what is asked for in one turn together: one round trip for all queues. */
async function findIn(
  redis: Redis,
  queue: Queue,
  { name, wanted, rowIds }: { name: QueueName; wanted: WantedJob[]; rowIds: string[] },
): Promise<FoundJob[]> {
  const ids = wanted.map(({ id }) => id);
  // Redis refuses to look up nothing.
  const scores = (set: string) => (ids.length > 0 ? redis.zmscore(queue.toKey(set), ids) : []);
  const [failed, delayed, waiting, active, read] = await Promise.all([
    scores("failed"),
    scores("delayed"),
    // Before those that are active: one that begins meanwhile is in both. The oldest come last.
    redis.lrange(queue.toKey("wait"), -mostWaiting, -1),
    redis.lrange(queue.toKey("active"), 0, mostActive),
    readJobs(redis, queue, ids),
  ]);
  const rest = (id: string) => (active.includes(id) ? "active" : "waiting");
  const own = wanted.flatMap((job, nr): FoundJob[] => {
    const state = failed[nr] != null ? "failed" : delayed[nr] != null ? "delayed" : rest(job.id);
    return read[nr] ? [{ ...job, ...read[nr].job, rows: 1, state }] : [];
  });
  const bundles = [...new Set([...active, ...waiting])].filter(isBundleId);
  const carried = (await readJobs(redis, queue, bundles)).flatMap((bundle) => {
    if (bundle === null) return [];
    const state = rest(bundle.job.id);
    return carriedBy(bundle.data, rowIds).map((row): FoundJob => {
      return { queue: name, ...row, ...bundle.job, state };
    });
  });
  return [...own, ...carried];
}

/** What Redis has of each of these jobs; null for one that is not there. */
function readJobs(redis: Redis, queue: Queue, ids: readonly string[]) {
  const readJob = async (id: string) => {
    const values = await redis.hmget(queue.toKey(id), ...fields);
    const [kind, data, reason, attempts, addedAt, finishedAt] = values;
    if (!kind) return null;
    const job = {
      ...{ id, kind, failedReason: reason ?? null, attemptsMade: Number(attempts ?? 0) },
      addedAt: new Date(Number(addedAt)),
      finishedAt: finishedAt ? new Date(Number(finishedAt)) : null,
    };
    return { job, data: data ?? "" };
  };
  return Promise.all(ids.map(readJob));
}

/** Those of the wanted rows that a bundle carries. Most carry none, and are not parsed. */
function carriedBy(data: string, wanted: readonly string[]) {
  const named = wanted.filter((rowId) => data.includes(rowId));
  const rows = (named.length > 0 && readBundle(JSON.parse(data))) || [];
  const carried = named.filter((rowId) => rows.some(({ id }) => id === rowId));
  return carried.map((rowId) => ({ rowId, rows: rows.length }));
}
