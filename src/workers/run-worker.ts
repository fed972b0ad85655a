import { DelayedError, type Job, UnrecoverableError, Worker } from "bullmq";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import {
  codeOf,
  InvariantBroken,
  OutcomeUnknown,
  Refused,
  reasonOf,
  Unavailable,
} from "../errors.ts";
import type { Log } from "../log.ts";
import type { Handlers, QueueContract } from "../queues/define-queue.ts";
import type { QueueName } from "../queues/hint.ts";
import type { Hints } from "../queues/hints.ts";
import { readJob } from "../queues/read-job.ts";
import type { Redis } from "../queues/redis.ts";
import { about } from "./about-job.ts";
import { jobWork } from "./job-work.ts";
import { recordFailure } from "./record-failure.ts";

/**
 * Enough for handlers to meet in batches, and for as many calls as go outside at once. No more: a
 * job that waits in Redis comes with the answer to the one that ended, but one that finds a free
 * place is fetched by a call of its own. Measured, 128 places cost a seventh more calls than 40.
 */
const usualPlaces = 40;
/** Beside so many calls that may go outside at once, so many jobs meet the database. */
const placesBesideCalls = 8;
/**
 * Rows of bundles that are worked at a time: enough for a batch while the one before is in flight.
 * Measured at 256 clients, that spares an order a sixth of its statements.
 */
const mostRows = 256;
/** So many where rows take long and none of them calls outside: as many as meet in a batch. */
const usualRows = 100;
/** So many for each call that may go outside: more would wait until their turn is over. */
const rowsForEachCall = 2;
/** A turn at Stripe is over after a second: rows that take half of it are too many. */
const soonSeconds = 0.5;

/** BullMQ renews a lock for the first time after so much of it. */
const firstRenewal = 1 / 4;

/** Failed jobs stay this long for people to see, in seconds, and never more than so many. */
const keepFailed = { age: 7 * 24 * 3_600, count: 10_000 };

export type WorkerMeans = {
  db: Db;
  redis: Redis;
  hints: Hints;
  settings: Settings;
  log: Log;
  /** How many calls to the outside its jobs may have under way. */
  concurrency?: number;
};

/** A running worker, and when it last took or finished a job: what the watchdog looks at. */
export type RunningWorker = { worker: Worker; lastWorked(): number; active(): number };

/**
 * Works one queue: reads each job's payload against its contract, hands it to its handler, and
 * books a failure once BullMQ's quick retries are used up.
 */
export function runWorker<Queue extends QueueContract<QueueName>>(
  queue: Queue,
  handlers: Handlers<Queue>,
  means: WorkerMeans,
): RunningWorker {
  const { settings, log, redis } = means;
  const places = Math.max(usualPlaces, (means.concurrency ?? 0) + placesBesideCalls);
  const least = means.concurrency ? means.concurrency * rowsForEachCall : usualRows;
  const rows = { least, most: Math.max(least, mostRows), soonSeconds };
  const isStopping = () => worker.closing !== undefined;
  const workJob = jobWork(queue, handlers, means, { rows, isStopping });
  /** When each job that is at work was taken, by its id. */
  const takenAt = new Map<string, number>();
  let active = 0;
  let waitLong = 0;
  let lastWorked = Date.now();

  async function work(job: Job, token: string | undefined, signal?: AbortSignal): Promise<void> {
    const waitsLong = queue.jobs[job.name]?.waitsLong ? 1 : 0;
    active++;
    waitLong += waitsLong;
    if (waitsLong) worker.concurrency = places + waitLong;
    lastWorked = Date.now();
    takenAt.set(job.id ?? "", job.processedOn ?? lastWorked);
    try {
      await workJob(job, signal ?? new AbortController().signal);
    } catch (error) {
      throw await booked(means, queue.name, { job, token }, error);
    } finally {
      takenAt.delete(job.id ?? "");
      active--;
      waitLong -= waitsLong;
      if (waitsLong) worker.concurrency = places + waitLong;
      lastWorked = Date.now();
    }
  }

  const worker = new Worker(queue.name, (job, token, signal) => work(job, token, signal), {
    connection: redis,
    prefix: settings.QUEUE_PREFIX,
    concurrency: places,
    lockDuration: settings.JOB_LOCK_SECONDS * 1_000,
    stalledInterval: settings.STALLED_SECONDS * 1_000,
    // Two kills of the same job must not fail it: the counter is never reset.
    maxStalledCount: 3,
    drainDelay: 5,
    removeOnComplete: { count: 0 },
    removeOnFail: keepFailed,
    runRetryDelay: 1_000,
    // How many jobs ended in each minute of the last hour: the jobs themselves are removed.
    metrics: { maxDataPoints: 60 },
  });
  worker.on("error", (error) =>
    log.warn("worker_error", { queue: queue.name, reason: error.message }),
  );
  worker.on("lockRenewalFailed", (ids: string[]) => {
    // A job that was just taken has not renewed its lock yet: it was an earlier run of the same
    // job, in this process, that could not.
    const renewedOnce = Date.now() - settings.JOB_LOCK_SECONDS * 1_000 * firstRenewal;
    for (const id of ids) if ((takenAt.get(id) ?? 0) <= renewedOnce) worker.cancelJob(id);
    log.warn("lock_lost", { queue: queue.name, count: ids.length });
  });
  return { worker, lastWorked: () => lastWorked, active: () => active };
}

/** The last failure of a job is booked on its row; what can't help is not tried again. */
async function booked(
  { db, settings, log }: WorkerMeans,
  queue: string,
  { job, token }: { job: Job; token: string | undefined },
  error: unknown,
): Promise<unknown> {
  const hopeless =
    error instanceof Refused ||
    error instanceof InvariantBroken ||
    error instanceof UnrecoverableError;
  const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  const { id } = readJob(job);
  const reason = `${codeOf(error)}: ${reasonOf(error)}`;
  if (!hopeless && !last) {
    log.info("job_retried", { ...about(queue, job), code: codeOf(error), reason: reasonOf(error) });
    return error;
  }
  // A job that makes no sense says nothing about a row.
  const senseless = error instanceof UnrecoverableError;
  const subject = { kind: job.name, id: id ?? "" };
  const failure = senseless
    ? null
    : await recordFailure(db, settings, subject, reason).catch((fault: unknown) =>
        fault instanceof Unavailable || fault instanceof OutcomeUnknown ? "unbooked" : null,
      );
  if (failure === "unbooked") {
    // PostgreSQL is away. In the failed set the job would stand between the sweeper and its row,
    // so it waits for PostgreSQL to come back.
    log.info("job_delayed", { ...about(queue, job), code: codeOf(error), reason: reasonOf(error) });
    await job.moveToDelayed(Date.now() + settings.LEASE_SECONDS * 1_000, token);
    return new DelayedError();
  }
  log.warn("job_failed", {
    ...about(queue, job),
    ...(failure?.orderId && { orderId: failure.orderId }),
    code: codeOf(error),
    reason: reasonOf(error),
    round: failure?.round ?? null,
  });
  return hopeless ? new UnrecoverableError(reason) : error;
}
