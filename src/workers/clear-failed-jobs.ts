import type { Job } from "bullmq";
import { sql } from "kysely";
import { queues } from "../queues/index.ts";
import type { SweeperMeans } from "./sweeper.ts";
import { tableOf, type WaitingTable, waitingTables } from "./waiting-rows.ts";

/** Looked at per queue and turn: enough to keep up, little enough to be quick. */
const pageSize = 500;
/** A job edited by hand may name anything. */
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Removes failed jobs whose row no longer waits at the version that they were made for: what
 * stands in the failed set is what still needs somebody.
 */
export async function clearFailedJobs(means: SweeperMeans): Promise<void> {
  for (const { name } of queues) {
    const jobs = (await means.hints.queue(name).getFailed(0, pageSize - 1)) as Job[];
    const waiting = await versionsOf(means, jobs);
    const over = jobs.filter((job) => job?.id && !stillWaits(job, waiting));
    await Promise.all(over.map((job) => job.remove().catch(() => undefined)));
    if (over.length > 0) means.log.info("failed_jobs_cleared", { queue: name, count: over.length });
  }
}

function stillWaits(job: Job, waiting: Map<string, number>): boolean {
  const table = tableOf(job.name);
  return table !== undefined && waiting.get(`${table.name} ${job.data.id}`) === job.data.version;
}

/** The present version of each row that still waits, by table and id. */
async function versionsOf(means: SweeperMeans, jobs: Job[]): Promise<Map<string, number>> {
  const versions = new Map<string, number>();
  for (const table of waitingTables) {
    const ids = jobs
      .flatMap((job) =>
        job && tableOf(job.name)?.name === table.name ? [String(job.data.id)] : [],
      )
      .filter((id) => table.idType === "text" || uuidPattern.test(id));
    if (ids.length === 0) continue;
    for (const row of await readVersions(means, table, ids)) {
      versions.set(`${table.name} ${row.id}`, row.version);
    }
  }
  return versions;
}

async function readVersions({ db }: SweeperMeans, table: WaitingTable, ids: string[]) {
  const { rows } = await sql<{ id: string; version: number }>`
    SELECT ${sql.ref(table.id)} AS id, ${sql.raw(table.version)} AS version
    FROM ${sql.table(table.name)}
    WHERE ${sql.ref(table.id)} = ANY(${ids}::${sql.raw(table.idType)}[])
      AND due_at IS NOT NULL`.execute(db);
  return rows;
}
