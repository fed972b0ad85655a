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
import type { Log, LogFields } from "../log.ts";
import type { Handlers, QueueContract } from "../queues/define-queue.ts";
import { readJob } from "../queues/read-job.ts";
import type { Redis } from "../queues/redis.ts";
import { tableOf } from "../queues/waiting-rows.ts";
import { type Postpone, postponer } from "./postpone.ts";
import { recordFailure } from "./record-failure.ts";

/**
 * Enough for handlers to meet in batches, and for as many calls as go outside at once. No more: a
 * job that waits in Redis comes with the answer to the one that ended, but one that finds a free
 * place is fetched by a call of its own. Measured, 128 places cost a seventh more calls than 40.
 */
const usualPlaces = 40;
/** Beside so many calls that may go outside at once, so many jobs meet the database. */
const placesBesideCalls = 8;

/** Failed jobs stay this long for people to see, in seconds, and never more than so many. */
const keepFailed = { age: 7 * 24 * 3_600, count: 10_000 };

export type WorkerMeans = {
  db: Db;
  redis: Redis;
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
export function runWorker<Queue extends QueueContract>(
  queue: Queue,
  handlers: Handlers<Queue>,
  means: WorkerMeans,
): RunningWorker {
  const { settings, log, redis } = means;
  const postpone = postponer(means.db, means.settings);
  const places = Math.max(usualPlaces, (means.concurrency ?? 0) + placesBesideCalls);
  let active = 0;
  let waitLong = 0;
  let lastWorked = Date.now();

  async function work(job: Job, token: string | undefined, signal?: AbortSignal): Promise<void> {
    const waitsLong = queue.jobs[job.name]?.waitsLong ? 1 : 0;
    active++;
    waitLong += waitsLong;
    if (waitsLong) worker.concurrency = places + waitLong;
    lastWorked = Date.now();
    try {
      const because = await handle(queue, handlers, job, signal ?? new AbortController().signal);
      if (because !== undefined)
        log.info("nothing_to_do", { ...about(queue.name, job), reason: because });
    } catch (error) {
      if (await postponed(postpone, log, { queue: queue.name, job }, error)) return;
      throw await booked(means, queue.name, { job, token }, error);
    } finally {
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
    for (const id of ids) worker.cancelJob(id);
    log.warn("lock_lost", { queue: queue.name, count: ids.length });
  });
  return { worker, lastWorked: () => lastWorked, active: () => active };
}

async function handle<Queue extends QueueContract>(
  queue: Queue,
  handlers: Handlers<Queue>,
  job: Job,
  signal: AbortSignal,
): Promise<string | undefined> {
  // An inherited name, such as "constructor", is no kind of job.
  const contract = Object.hasOwn(queue.jobs, job.name) ? queue.jobs[job.name] : undefined;
  const handler = handlers[job.name as keyof Queue["jobs"]];
  if (contract === undefined) throw new UnrecoverableError(`unknown_job: ${job.name}`);
  const { success, data, error } = contract.payload.safeParse(job.data);
  if (!success) throw new UnrecoverableError(`malformed_payload: ${error.message}`);
  return await handler(data as Parameters<typeof handler>[0], { jobId: job.id ?? "", signal });
}

/** A job that was told to come back is done for now: its row's clock brings it back. */
async function postponed(
  postpone: Postpone,
  log: Log,
  { queue, job }: { queue: string; job: Job },
  error: unknown,
): Promise<boolean> {
  const id = readJob(job).id ?? "";
  // Without PostgreSQL it goes the way of every failure, which knows how to wait for it.
  const seconds = await postpone({ kind: job.name, id }, error).catch(() => null);
  if (seconds === null) return false;
  log.info("job_postponed", { ...about(queue, job), code: codeOf(error), seconds });
  return true;
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

/** What a log line says of a job: the row's id under its own name, and the order's number. */
function about(queue: string, job: Job): LogFields {
  const { id, order } = readJob(job);
  const name = idNames[tableOf(job.name)?.name ?? "stripe_cursors"];
  return { queue, kind: job.name, jobId: job.id ?? null, order, ...(name && { [name]: id }) };
}

const idNames = {
  orders: "orderId",
  payments: "paymentId",
  notifications: "messageId",
  refunds: "refundId",
  disputes: "disputeId",
  webhook_events: "eventId",
  breaks: "breakId",
  webhook_endpoints: "endpointId",
  webhook_deliveries: "deliveryId",
  stripe_cursors: null,
} as const;
