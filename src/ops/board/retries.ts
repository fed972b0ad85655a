import type { Job, Queue } from "bullmq";
import { Hono } from "hono";
import type { Db } from "../../db/connect.ts";
import { inOneStatement } from "../../db/transaction.ts";
import type { Log } from "../../log.ts";
import { inTime } from "../../patience.ts";
import type { QueueName } from "../../queues/hint.ts";
import type { Hints } from "../../queues/hints.ts";
import { queues } from "../../queues/index.ts";
import { readJob } from "../../queues/read-job.ts";
import type { OpsEnv } from "../access/authenticate.ts";
import { putOnRecord } from "../access/on-record.ts";
import { requireRole } from "../access/require-role.ts";

export type RetryParts = { db: Db; hints: Hints; log: Log };

/** So many jobs are put on record and tried again together. */
const pageSize = 100;
/** As long as it may take to have a page of them, or one, tried again. */
const patienceMs = 5_000;

/**
 * What operators may do in Bull Board: have failed jobs tried again. It is on record before it is
 * done, with who did it; the addresses and answers are the board's own.
 */
export function retryRoutes(parts: RetryParts): Hono<OpsEnv> {
  const routes = new Hono<OpsEnv>();

  routes.put("/api/queues/:queue/retry/failed", requireRole("operator"), async (c) => {
    const name = queueNamed(c.req.param("queue"));
    if (!name) return c.json({ error: { key: "ERRORS.QUEUE_NOT_FOUND" } }, 404);
    const queue = parts.hints.queue(name);
    const ids = await inTime(queue.getRanges(["failed"], 0, -1), patienceMs);
    let retried = 0;
    for (let start = 0; start < ids.length; start += pageSize) {
      const page = ids.slice(start, start + pageSize);
      const jobs = await inTime(Promise.all(page.map((id) => failedJob(queue, id))), patienceMs);
      const found = jobs.filter((job) => job !== null);
      retried += await retry(parts, name, found, c.get("operator").name);
    }
    return c.json({ retried, skipped: ids.length - retried });
  });

  routes.put("/api/queues/:queue/:jobId/retry", requireRole("operator"), async (c) => {
    const name = queueNamed(c.req.param("queue"));
    if (!name) return c.json({ error: { key: "ERRORS.QUEUE_NOT_FOUND" } }, 404);
    const job = await inTime(failedJob(parts.hints.queue(name), c.req.param("jobId")), patienceMs);
    if (!job) return c.json({ error: { key: "ERRORS.JOB_NOT_FOUND" } }, 404);
    await retry(parts, name, [job], c.get("operator").name);
    return c.body(null, 204);
  });
  return routes;
}

type FailedJob = Job & { id: string };

/** The job, if it is there and has failed: only then there is something to try again. */
async function failedJob(queue: Queue, id: string): Promise<FailedJob | null> {
  const job: Job | undefined = await queue.getJob(id);
  return job?.id !== undefined && (await job.isFailed()) ? (job as FailedJob) : null;
}

async function retry(
  { db, log }: RetryParts,
  queue: QueueName,
  jobs: readonly FailedJob[],
  operator: string,
): Promise<number> {
  const actor = `ops:${operator}`;
  const orderIds = await orderIdsOf(db, jobs.map(orderOf));
  const deeds = jobs.map((job) => ({
    ...{ actor, act: "requeue_job", subject: `${queue}/${job.id}`, reason: "from Bull Board" },
    orderId: orderIds.get(orderOf(job)) ?? null,
    input: { queue, jobId: job.id },
  }));
  await inOneStatement(db, (each) => putOnRecord(each, deeds));
  // One that was tried again or removed meanwhile needs nothing more.
  const outcomes = jobs.map((job) => job.retry("failed"));
  const settled = await inTime(Promise.allSettled(outcomes), patienceMs);
  const count = settled.filter(({ status }) => status === "fulfilled").length;
  log.info("jobs_retried", { actor, queue, count });
  return count;
}

/** The order's number as the job says it; old and edited jobs say anything. */
function orderOf(job: FailedJob): string {
  const { order } = readJob(job);
  return order !== null && /^[\w-]{1,40}$/.test(order) ? order : "";
}

async function orderIdsOf(db: Db, numbers: readonly string[]): Promise<Map<string, string>> {
  const named = [...new Set(numbers)].filter((number) => number !== "");
  if (named.length === 0) return new Map();
  const orders = await inOneStatement(db, (each) =>
    each.selectFrom("orders").select(["id", "number"]).where("number", "in", named).execute(),
  );
  return new Map(orders.map(({ id, number }) => [number, id]));
}

function queueNamed(text: string): QueueName | null {
  return queues.find(({ name }) => name === text)?.name ?? null;
}
