import { type BulkJobOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Settings } from "../config.ts";
import type { Log } from "../log.ts";
import { jobsOf } from "./bundle.ts";
import { type FoundJob, findJobs, type WantedJob } from "./find-jobs.ts";
import type { Hint, QueueName } from "./hint.ts";
import { isBundled } from "./index.ts";

export type Hints = {
  /**
   * Sends hints after their COMMIT, without waiting. When Redis is not there they are dropped:
   * the rows' `due_at` brings them back.
   */
  send(hints: readonly Hint[]): void;
  /** The same, each as a job of its own: sent again, it stays the only one of its row. */
  sendEach(hints: readonly Hint[]): void;
  /** Sends a row of a bundle that failed its own job: what is left of its tries, after a pause. */
  sendAgain(hint: Hint): void;
  /** Makes sure that the clock rings for the bucket of deadlines that this moment falls in. */
  ringAt(deadline: Date): void;
  /** The queues themselves, for the sweeper and for Bull Board. */
  queue(name: QueueName): Queue;
  /**
   * Those of these jobs that are in their queues now, and the bundles that carry their rows; null
   * when Redis does not answer.
   */
  find(wanted: readonly WantedJob[]): Promise<FoundJob[] | null>;
  close(): Promise<void>;
};

type HintSettings = Pick<
  Settings,
  "QUEUE_PREFIX" | "QUICK_RETRY_SECONDS" | "EXPIRY_BUCKET_SECONDS"
>;

/** A Redis that is frozen takes hints and answers none: beyond so many batches they are dropped. */
const mostUnderWay = 200;
const never = () => false;
/** Hints that have just been sent get so long to arrive when the process stops. */
const closeMilliseconds = 1_000;

export function createHints(redis: Redis, settings: HintSettings, log: Log): Hints {
  const { queue, closeAll } = opener(redis, settings, log);
  const underWay = new Set<Promise<unknown>>();
  const jobOptions: BulkJobOptions = {
    attempts: 3,
    backoff: { type: "exponential", delay: settings.QUICK_RETRY_SECONDS * 1_000, jitter: 0.5 },
  };

  const againOptions = { attempts: 2, delay: settings.QUICK_RETRY_SECONDS * 1_000 };

  function addAll(name: QueueName, wanted: ReturnType<typeof jobsOf>, more: BulkJobOptions): void {
    const jobs = wanted.map(({ opts, ...job }) => ({
      ...job,
      opts: { ...jobOptions, ...more, ...opts },
    }));
    if (underWay.size >= mostUnderWay) {
      dropped(name, jobs.length, "Redis does not answer.");
      return;
    }
    const adding = queue(name)
      .addBulk(jobs)
      .catch((error: Error) => dropped(name, jobs.length, error.message))
      .finally(() => underWay.delete(adding));
    underWay.add(adding);
  }

  function dropped(name: QueueName, count: number, reason: string): void {
    log.warn("hints_dropped", { queue: name, count, reason });
  }

  function sendAll(
    hints: readonly Hint[],
    mayBundle: (hint: Hint) => boolean,
    more: BulkJobOptions = {},
  ): void {
    if (hints.length === 0 || redis.status !== "ready") return;
    for (const [name, own] of Map.groupBy(hints, (hint) => hint.queue)) {
      addAll(name, jobsOf(own, mayBundle), more);
    }
  }

  let lastBucket = 0;
  return {
    queue,
    find: (wanted) => findJobs(redis, queue, wanted),
    send: (hints) => sendAll(hints, isBundled),
    sendEach: (hints) => sendAll(hints, never),
    sendAgain: (hint) => sendAll([hint], never, againOptions),
    ringAt(deadline) {
      const bucket = bucketOf(deadline, settings);
      if (bucket === lastBucket || redis.status !== "ready") return;
      lastBucket = bucket;
      const delay = Math.max(0, bucket * 1_000 - Date.now());
      queue("payment")
        .add("expire", { bucket }, { ...jobOptions, delay, jobId: `expire-bucket-${bucket}` })
        .catch((error: Error) => log.warn("bucket_dropped", { reason: error.message }));
    },
    async close() {
      const patience = new Promise((resolve) => setTimeout(resolve, closeMilliseconds));
      await Promise.race([Promise.allSettled([...underWay]), patience]);
      await closeAll();
      redis.disconnect();
    },
  };
}

/** Opens each queue when it is first asked for. */
function opener(redis: Redis, { QUEUE_PREFIX: prefix }: HintSettings, log: Log) {
  const open = new Map<QueueName, Queue>();
  function queue(name: QueueName): Queue {
    const known = open.get(name);
    if (known) return known;
    const made = new Queue(name, { connection: redis, prefix });
    made.on("error", (error) => log.warn("queue_error", { queue: name, reason: error.message }));
    open.set(name, made);
    return made;
  }
  return {
    queue,
    closeAll: () => Promise.allSettled([...open.values()].map((each) => each.close())),
  };
}

/** The end of a deadline's bucket, in seconds since 1970: one delayed job serves all of it. */
function bucketOf(deadline: Date, settings: Pick<Settings, "EXPIRY_BUCKET_SECONDS">): number {
  const size = settings.EXPIRY_BUCKET_SECONDS;
  return Math.ceil(Math.ceil(deadline.getTime() / 1_000 / size) * size);
}
