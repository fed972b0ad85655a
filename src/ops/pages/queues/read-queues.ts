import type { Queue } from "bullmq";
import { inTime } from "../../../patience.ts";
import type { QueueName } from "../../../queues/hint.ts";
import type { Hints } from "../../../queues/hints.ts";
import { queues } from "../../../queues/index.ts";

/** How a queue stands at this moment, and how it went in the last hour. */
export type QueueNow = {
  name: QueueName;
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  /** Since when the oldest waiting job waits; null when none does. */
  oldestAt: Date | null;
  /** Jobs per minute, oldest first. */
  completed: number[];
  failures: number[];
};

const chartMinutes = 60;
/** Redis answers in milliseconds: after so many it counts as away. */
const patienceMs = 2_000;

/** All queues, or null when Redis does not answer. */
export async function readQueues(hints: Hints, isRedisReady: boolean): Promise<QueueNow[] | null> {
  if (!isRedisReady) return null;
  const reading = Promise.all(
    queues.map(({ name }) => readQueue(hints.queue(name), name as QueueName)),
  );
  return await inTime(reading, patienceMs).catch(() => null);
}

async function readQueue(queue: Queue, name: QueueName): Promise<QueueNow> {
  const [counts, [oldest], completed, failures] = await Promise.all([
    queue.getJobCounts("waiting", "active", "delayed", "failed"),
    queue.getJobs(["waiting"], 0, 0, true),
    queue.getMetrics("completed", 0, chartMinutes - 1),
    queue.getMetrics("failed", 0, chartMinutes - 1),
  ]);
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
  return {
    ...{ name, waiting, active, delayed, failed },
    oldestAt: oldest ? new Date(oldest.timestamp) : null,
    completed: lastHour(completed),
    failures: lastHour(failures),
  };
}

type Metrics = Awaited<ReturnType<Queue["getMetrics"]>>;

/**
 * BullMQ writes a minute down, newest first, when the first job after it ends: the minute of
 * `prevTS` is still being counted, and those after it had none.
 */
function lastHour({ data, meta }: Metrics): number[] {
  const prevAt = Number(meta.prevTS || 0);
  if (prevAt === 0) return Array<number>(chartMinutes).fill(0);
  const idle = Math.max(0, Math.min(minuteOf(Date.now()) - minuteOf(prevAt), chartMinutes));
  const counting = Number(meta.count) - Number(meta.prevCount);
  const newestFirst = [...Array<number>(idle).fill(0), counting, ...data.map(Number)];
  const before = Array<number>(Math.max(0, chartMinutes - newestFirst.length)).fill(0);
  return [...newestFirst, ...before].slice(0, chartMinutes).reverse();
}

function minuteOf(milliseconds: number): number {
  return Math.floor(milliseconds / 60_000);
}
