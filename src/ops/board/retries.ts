import type { Job, Queue } from "bullmq";
import { type Context, Hono } from "hono";
import type { Db } from "../../db/connect.ts";
import type { Log } from "../../log.ts";
import { inTime } from "../../patience.ts";
import type { QueueName } from "../../queues/hint.ts";
import type { Hints } from "../../queues/hints.ts";
import { queues } from "../../queues/index.ts";
import type { OpsEnv } from "../access/authenticate.ts";
import { requireRole } from "../access/require-role.ts";
import { type FailedJob, retryJobs } from "./retry-jobs.ts";

export type RetryParts = { db: Db; hints: Hints; log: Log };

/** So many jobs are put on record and tried again together. */
const pageSize = 100;
/** As long as it may take to have a page of them, or one, tried again. */
const patienceMs = 5_000;

/**
 * What operators may do in Bull Board: have failed jobs tried again. Who did it is on record, and
 * what became of it; the addresses and answers are the board's own.
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
      const outcomes = await retryJobs(parts, name, found, by(c));
      retried += outcomes.filter(({ state }) => state === "done").length;
    }
    return c.json({ retried, skipped: ids.length - retried });
  });

  routes.put("/api/queues/:queue/:jobId/retry", requireRole("operator"), async (c) => {
    const name = queueNamed(c.req.param("queue"));
    if (!name) return c.json({ error: { key: "ERRORS.QUEUE_NOT_FOUND" } }, 404);
    const job = await inTime(failedJob(parts.hints.queue(name), c.req.param("jobId")), patienceMs);
    if (!job) return c.json({ error: { key: "ERRORS.JOB_NOT_FOUND" } }, 404);
    const [outcome] = await retryJobs(parts, name, [job], by(c));
    if (outcome?.state === "refused") return c.json(answerOf(outcome), 409);
    if (outcome?.state === "failed") return c.json(answerOf(outcome), 503);
    return c.body(null, 204);
  });
  return routes;
}

function by(c: Context<OpsEnv>) {
  return { operator: c.get("operator").name, patienceMs };
}

function answerOf({ because }: { because: string }) {
  return { error: "The job was not tried again.", message: because };
}

/** The job, if it is there and has failed: only then there is something to try again. */
async function failedJob(queue: Queue, id: string): Promise<FailedJob | null> {
  const job: Job | undefined = await queue.getJob(id);
  return job?.id !== undefined && (await job.isFailed()) ? (job as FailedJob) : null;
}

function queueNamed(text: string): QueueName | null {
  return queues.find(({ name }) => name === text)?.name ?? null;
}
