import { UnrecoverableError } from "bullmq";
import { codeOf, reasonOf } from "../errors.ts";
import { readBundle } from "../queues/bundle.ts";
import type { Handlers, QueueContract } from "../queues/define-queue.ts";
import { jobIdOf, type QueueName } from "../queues/hint.ts";
import { readJob } from "../queues/read-job.ts";
import { about, type JobLike } from "./about-job.ts";
import { postponer } from "./postpone.ts";
import type { WorkerMeans } from "./run-worker.ts";

/**
 * How a queue's jobs are worked: the payload is read against its contract and handed to its
 * handler, row by row where it carries several. Fails as its handler does, unless that was told to
 * come back later; a job of several rows never fails.
 */
export function jobWork<Queue extends QueueContract<QueueName>>(
  queue: Queue,
  handlers: Handlers<Queue>,
  { db, hints, settings, log }: WorkerMeans,
): (job: JobLike, signal: AbortSignal) => Promise<void> {
  const postpone = postponer(db, settings);
  /** Rows that are worked at this moment, by the ids of their own jobs. */
  const underWay = new Set<string>();

  async function workRow(job: JobLike, signal: AbortSignal): Promise<void> {
    const id = job.id ?? "";
    try {
      const because = await handleOnce(id, () => handle(queue, handlers, job, signal));
      if (because === undefined) return;
      log.info("nothing_to_do", { ...about(queue.name, job), reason: because });
    } catch (error) {
      if (!(await postponed(job, error))) throw error;
    }
  }

  /** While a bundle waits for a slow supplier, the sweeper sends the own job of a row in it. */
  async function handleOnce(id: string, act: () => Promise<string | undefined>) {
    if (underWay.has(id)) return "under way";
    underWay.add(id);
    try {
      return await act();
    } finally {
      underWay.delete(id);
    }
  }

  /** A job that was told to come back is done for now: its row's clock brings it back. */
  async function postponed(job: JobLike, error: unknown): Promise<boolean> {
    const id = readJob(job).id ?? "";
    // Without PostgreSQL it goes the way of every failure, which knows how to wait for it.
    const seconds = await postpone({ kind: job.name, id }, error).catch(() => null);
    if (seconds === null) return false;
    log.info("job_postponed", { ...about(queue.name, job), code: codeOf(error), seconds });
    return true;
  }

  return async (job, signal) => {
    const rows = readBundle(job.data);
    if (rows === null) return await workRow(job, signal);
    // Side by side, so that they meet in batches. One that fails gets a job of its own, with all
    // its tries, where people see it.
    const failed = rows.map(async (row) => {
      const hint = { queue: queue.name, kind: job.name, ...row };
      const own = { name: job.name, id: jobIdOf(hint), data: row };
      try {
        await workRow(own, signal);
        return [];
      } catch (error) {
        const why = { code: codeOf(error), reason: reasonOf(error) };
        log.info("job_parted", { ...about(queue.name, own), ...why });
        return [hint];
      }
    });
    hints.sendEach((await Promise.all(failed)).flat());
  };
}

async function handle<Queue extends QueueContract>(
  queue: Queue,
  handlers: Handlers<Queue>,
  job: JobLike,
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
