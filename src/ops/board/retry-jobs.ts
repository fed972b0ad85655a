import type { Job } from "bullmq";
import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { inOneStatement } from "../../db/transaction.ts";
import { reasonOf } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { inTime } from "../../patience.ts";
import type { QueueName } from "../../queues/hint.ts";
import { begun, putOnRecord } from "../access/on-record.ts";
import { ordersOfJobs } from "./orders-of-jobs.ts";

export type FailedJob = Job & { id: string };

/** What became of a retry, as it stands in the audit. */
export type Retried =
  | { state: "done" }
  /** It was tried again or removed meanwhile, and needs nothing more. */
  | { state: "refused"; because: string }
  /** Redis did not answer: whether it is tried again, only the job itself tells. */
  | { state: "failed"; because: string };

/**
 * Has failed jobs tried again. That somebody wants it is on record before it is done, and what
 * became of it afterwards: where Aurora died in between, the row says that it was begun.
 */
export async function retryJobs(
  { db, log }: { db: Db; log: Log },
  queue: QueueName,
  jobs: readonly FailedJob[],
  { operator, patienceMs }: { operator: string; patienceMs: number },
): Promise<Retried[]> {
  const actor = `ops:${operator}`;
  const orderIds = await inOneStatement(db, (each) => ordersOfJobs(each, jobs));
  const deeds = jobs.map((job, nth) => ({
    ...{ actor, act: "requeue_job", subject: `${queue}/${job.id}`, reason: "from Bull Board" },
    orderId: orderIds[nth] ?? null,
    input: { queue, jobId: job.id },
    outcome: begun,
  }));
  const ids = await inOneStatement(db, (each) => putOnRecord(each, deeds));
  const outcomes = await Promise.all(jobs.map((job) => tryAgain(job, patienceMs)));
  await inOneStatement(db, (each) => tellEnds(each, ids, outcomes));
  const count = outcomes.filter(({ state }) => state === "done").length;
  log.info("jobs_retried", { actor, queue, count });
  return outcomes;
}

async function tryAgain(job: FailedJob, patienceMs: number): Promise<Retried> {
  try {
    await inTime(job.retry("failed"), patienceMs);
    return { state: "done" };
  } catch (error) {
    // BullMQ numbers its own refusals; what has no number came from the connection.
    const isRefusal = error instanceof Error && typeof Object(error).code === "number";
    return { state: isRefusal ? "refused" : "failed", because: reasonOf(error) };
  }
}

async function tellEnds(
  db: Db,
  ids: readonly string[],
  outcomes: readonly Retried[],
): Promise<void> {
  await sql`
    UPDATE operator_acts SET outcome = ended.outcome
    FROM unnest(${ids}::uuid[], ${outcomes.map((each) => JSON.stringify(each))}::jsonb[])
      AS ended (id, outcome)
    WHERE operator_acts.id = ended.id`.execute(db);
}
