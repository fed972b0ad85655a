import { UnrecoverableError } from "bullmq";
import { codeOf, InvariantBroken, Refused, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type BundledRow, readBundle } from "../queues/bundle.ts";
import type { Handlers, QueueContract } from "../queues/define-queue.ts";
import { type Hint, jobIdOf, type QueueName } from "../queues/hint.ts";
import { readJob } from "../queues/read-job.ts";
import { openWindow, type Width } from "../queues/window.ts";
import { about, type JobLike } from "./about-job.ts";
import { type Postpone, postponer } from "./postpone.ts";
import type { WorkerMeans } from "./run-worker.ts";

/**
 * How a queue's jobs are worked: the payload is read against its contract and handed to its
 * handler, row by row where it carries several. Fails as its handler does, unless that was told to
 * come back later; the rows of a bundle fail by themselves.
 *
 * `rows`: how many rows of bundles are worked at a time. A process that stops begins no
 * more of them: they are sent again, each by itself.
 */
export function jobWork<Queue extends QueueContract<QueueName>>(
  queue: Queue,
  handlers: Handlers<Queue>,
  { db, hints, settings, log }: WorkerMeans,
  { rows, isStopping }: { rows: Width; isStopping: () => boolean },
): (job: JobLike, signal: AbortSignal) => Promise<void> {
  const workRow = rowWork(queue.name, log, postponer(db, settings));
  const inTurn = openWindow(rows);
  /** Rows of bundles that this process has, begun or not, by the ids of their own jobs. */
  const underWay = new Map<string, AbortSignal>();

  /** One whose lock is lost has been told to stop, and does not count. */
  const isUnderWay = (id: string) => underWay.get(id)?.aborted === false;

  /**
   * One that fails gets a job of its own, with what is left of its tries, where people see it.
   * Answers whether it ended well.
   */
  async function workBundled(job: JobLike, signal: AbortSignal, hint: Hint): Promise<boolean> {
    if (isStopping()) {
      hints.sendEach([hint]);
      return false;
    }
    // Where the lock is lost, another worker has the bundle, and this row.
    if (signal.aborted) return false;
    try {
      return await workRow(job, () => handle(queue, handlers, job, signal));
    } catch (error) {
      if (signal.aborted) return false;
      const why = { code: codeOf(error), reason: reasonOf(error) };
      const isHopeless = error instanceof Refused || error instanceof InvariantBroken;
      log[isHopeless ? "warn" : "info"]("job_parted", { ...about(queue.name, job), ...why });
      hints.sendAgain(hint);
      return false;
    }
  }

  async function workInTurn(row: BundledRow, kind: string, signal: AbortSignal): Promise<void> {
    const hint = { queue: queue.name, kind, ...row };
    const id = jobIdOf(hint);
    const own = { name: kind, id, data: row };
    if (isUnderWay(id)) {
      await workRow(own, nothing);
      return;
    }
    underWay.set(id, signal);
    try {
      await inTurn(() => workBundled(own, signal, hint));
    } finally {
      // A bundle whose lock was lost may have come back to this very process meanwhile.
      if (underWay.get(id) === signal) underWay.delete(id);
    }
  }

  return async (job, signal) => {
    const bundled = readBundle(job.data);
    if (bundled === null) {
      // While a bundle waits for a slow supplier, the sweeper sends the own job of a row in it.
      const isTaken = isUnderWay(job.id ?? "");
      await workRow(job, isTaken ? nothing : () => handle(queue, handlers, job, signal));
      return;
    }
    // Side by side, so that they meet in batches.
    await Promise.all(bundled.map((row) => workInTurn(row, job.name, signal)));
  };
}

const nothing = async () => "under way";

/** Works one row; false for one that was told to come back: its own clock brings it back. */
function rowWork(queue: QueueName, log: Log, postpone: Postpone) {
  return async (job: JobLike, act: () => Promise<string | undefined>): Promise<boolean> => {
    try {
      const because = await act();
      if (because) log.info("nothing_to_do", { ...about(queue, job), reason: because });
      return true;
    } catch (error) {
      const id = readJob(job).id ?? "";
      // Without PostgreSQL it goes the way of every failure, which knows how to wait for it.
      const seconds = await postpone({ kind: job.name, id }, error).catch(() => null);
      if (seconds === null) throw error;
      log.info("job_postponed", { ...about(queue, job), code: codeOf(error), seconds });
      return false;
    }
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
