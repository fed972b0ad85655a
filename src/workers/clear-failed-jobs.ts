import type { Job } from "bullmq";
import { sql } from "kysely";
import { queues } from "../queues/index.ts";
import { readJob } from "../queues/read-job.ts";
import { statusColumn, tableOf, type WaitingTable, waitingTables } from "../queues/waiting-rows.ts";
import type { SweeperMeans } from "./sweeper.ts";

/** Looked at a page at a time: enough to keep up, bounded to be quick. */
const pageSize = 500;
const mostPages = 20;
/** A job edited by hand may name anything. */
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Removes failed jobs of which nothing is left to do: their row no longer waits for such a job,
 * or has been worked well since. What stands in the failed set is what still needs somebody.
 */
export async function clearFailedJobs(means: SweeperMeans): Promise<void> {
  for (const { name } of queues) {
    let kept = 0;
    let cleared = 0;
    for (let page = 0; page < mostPages; page++) {
      const jobs = (await means.hints.queue(name).getFailed(kept, kept + pageSize - 1)) as Job[];
      const wanting = await rowsInNeed(means, jobs);
      const over = jobs.filter((job) => job?.id && !wanting.has(`${job.name} ${readJob(job).id}`));
      await Promise.all(over.map((job) => job.remove().catch(() => undefined)));
      kept += jobs.length - over.length;
      cleared += over.length;
      if (jobs.length < pageSize) break;
    }
    if (cleared > 0) means.log.info("failed_jobs_cleared", { queue: name, count: cleared });
  }
}

/** The rows that wait for a job like the failed one, with its failure on record: kind and id. */
async function rowsInNeed(means: SweeperMeans, jobs: Job[]): Promise<Set<string>> {
  const inNeed = new Set<string>();
  for (const table of waitingTables) {
    const ids = jobs
      .filter((job) => job && tableOf(job.name)?.name === table.name)
      .flatMap((job) => readJob(job).id ?? [])
      .filter((id) => table.idType === "text" || uuidPattern.test(id));
    if (ids.length === 0) continue;
    for (const { id, status } of await readFailing(means, table, ids)) {
      const wake = table.wakes(status);
      if (wake) inNeed.add(`${wake.kind} ${id}`);
    }
  }
  return inNeed;
}

async function readFailing({ db }: SweeperMeans, table: WaitingTable, ids: string[]) {
  const { rows } = await sql<{ id: string; status: string }>`
    SELECT ${sql.ref(table.id)} AS id, ${statusColumn(table)} AS status
    FROM ${sql.table(table.name)}
    WHERE ${sql.ref(table.id)} = ANY(${ids}::${sql.raw(table.idType)}[])
      AND due_at IS NOT NULL AND last_error IS NOT NULL`.execute(db);
  return rows;
}
