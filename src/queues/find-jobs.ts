import type { Queue } from "bullmq";
import { inTime } from "../patience.ts";
import type { QueueName } from "./hint.ts";
import type { Redis } from "./redis.ts";

/** A job that may be in a queue, by its id. */
export type WantedJob = { queue: QueueName; id: string };

/** A job that is in a queue at this moment. */
export type FoundJob = WantedJob & {
  kind: string;
  state: "waiting" | "active" | "delayed" | "failed";
  failedReason: string | null;
  attemptsMade: number;
  /** When it was added, and when it failed. */
  addedAt: Date;
  finishedAt: Date | null;
};

/** People wait for this, and Redis may be frozen. */
const patienceMilliseconds = 1_000;
/** So many are looked for at most: the first of those that are wanted. */
const mostJobs = 400;
/** Workers hold a few hundred jobs at a time. */
const mostActive = 1_000;

const fields = ["name", "failedReason", "atm", "timestamp", "finishedOn"] as const;

/**
 * Looks jobs up by their ids in one round trip; null when Redis does not answer. The lists of
 * waiting jobs are not searched: what is there and in no other state waits.
 */
export async function findJobs(
  redis: Redis,
  queue: (name: QueueName) => Queue,
  wanted: readonly WantedJob[],
): Promise<FoundJob[] | null> {
  if (redis.status !== "ready") return null;
  if (wanted.length === 0) return [];
  const found = [...Map.groupBy(wanted.slice(0, mostJobs), (job) => job.queue)].map(
    ([name, jobs]) => findIn(redis, queue(name), name, jobs),
  );
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
  name: QueueName,
  jobs: readonly WantedJob[],
): Promise<FoundJob[]> {
  const ids = jobs.map(({ id }) => id);
  const [failed, delayed, active, hashes] = await Promise.all([
    redis.zmscore(queue.toKey("failed"), ids),
    redis.zmscore(queue.toKey("delayed"), ids),
    redis.lrange(queue.toKey("active"), 0, mostActive),
    Promise.all(ids.map((id) => redis.hmget(queue.toKey(id), ...fields))),
  ]);
  return ids.flatMap((id, index): FoundJob[] => {
    const [kind, reason, attempts, addedAt, finishedAt] = hashes[index] ?? [];
    if (!kind) return [];
    const rest = active.includes(id) ? "active" : "waiting";
    const state = failed[index] != null ? "failed" : delayed[index] != null ? "delayed" : rest;
    return [
      {
        ...{ queue: name, id, kind, state, failedReason: reason ?? null },
        attemptsMade: Number(attempts ?? 0),
        addedAt: new Date(Number(addedAt)),
        finishedAt: finishedAt ? new Date(Number(finishedAt)) : null,
      },
    ];
  });
}
