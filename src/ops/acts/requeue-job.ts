import { sql } from "kysely";
import { z } from "zod";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { isBundleId } from "../../queues/bundle.ts";
import type { FoundJob } from "../../queues/find-jobs.ts";
import type { QueueName } from "../../queues/hint.ts";
import type { Hints } from "../../queues/hints.ts";
import { queues } from "../../queues/index.ts";
import { tableOf, type WaitingTable } from "../../queues/waiting-rows.ts";
import type { OrderFacts } from "../facts/facts.ts";
import { type Act, type ActMeans, type Done, impossible, possible } from "./act.ts";

const names = queues.map(({ name }) => name) as [QueueName, ...QueueName[]];

export const requeueInput = z.strictObject({
  queue: z.enum(names, `Must be one of ${names.join(", ")}.`).meta({ title: "Queue" }),
  jobId: z
    .string()
    .trim()
    .min(1, "Must be a job's id, as Bull Board shows it.")
    .max(200, "Must be a job's id, as Bull Board shows it.")
    .meta({ title: "Job" }),
});
type Input = z.output<typeof requeueInput>;

/** Has a failed job tried again now; where Redis has forgotten it, its row is looked at now. */
export const requeueJob: Act<Input> = {
  name: "requeue_job",
  title: "Requeue the job",
  summary: "Has a failed job tried again now.",
  leastRole: "operator",
  role: () => "operator",
  input: requeueInput,
  asksQueues: true,
  plan(facts, { queue, jobId }) {
    if (isBundleId(jobId)) return impossible("job_of_several", carriesSeveral);
    const named = rowOfJob(jobId);
    const row = named && rowsOf(facts).find(({ id }) => id === named.id);
    if (!named || !row) {
      const because = "This order has no such job. Its page lists the jobs that there are.";
      return impossible("job_not_found", because);
    }
    const job = jobOf(facts, { queue, jobId });
    if (job && job.state !== "failed") {
      return impossible(
        "job_under_way",
        `The job is ${job.state}: it runs by itself. Wait for it.`,
      );
    }
    if (row.dueAt === null) {
      const because = "Nothing is left to do for this job: its row does not wait any more.";
      return impossible("nothing_waits", because);
    }
    return job
      ? possible(`The failed job ${job.kind} is tried again now.`)
      : possible("Redis has no such job any more: its row is looked at now.");
  },
  async perform(trx, means, { input }) {
    return requeue(trx, means, input);
  },
};

/** True of one that waits, that runs and that has failed. */
const carriesSeveral =
  "A job that carries several rows can't be requeued. A row that it leaves undone gets a job of " +
  "its own: wait for that, or requeue that one where it has failed, from its order's page.";

/** The job itself, or the one that carries its row and has not begun. */
function jobOf({ jobs }: OrderFacts, { queue, jobId }: Input) {
  const there = jobs?.filter((job) => job.queue === queue) ?? [];
  const isOfRow = ({ kind, rowId }: FoundJob) => jobId.startsWith(`${kind}-${rowId}-`);
  return (
    there.find(({ id }) => id === jobId) ??
    there.find((job) => job.rows > 1 && job.state === "waiting" && isOfRow(job))
  );
}

/** Also for a job whose row belongs to no order. */
export async function requeue(
  trx: Trx,
  { hints, isRedisReady }: Pick<ActMeans, "hints" | "isRedisReady">,
  { queue, jobId }: Input,
): Promise<Done> {
  if (isBundleId(jobId)) throw new Refused("job_of_several", carriesSeveral);
  const row = rowOfJob(jobId);
  if (!row) throw new Refused("job_not_found", "There is no such job. Check its id.");
  const { rows } = await makeDue(trx, row);
  if (rows.length === 0) {
    throw new Refused(
      "nothing_waits",
      "Nothing is left to do for this job: its row does not wait any more.",
    );
  }
  return {
    ...{ moved: [], hints: [], subject: jobId },
    sentence: "The job is tried again.",
    outcome: { queue, jobId },
    afterCommit: async () => {
      if (isRedisReady()) await retryJob(hints, queue, jobId);
    },
  };
}

/**
 * The sweeper finds the row at once, also where Redis is away. The clock of an order that waits for
 * its customer stays: it is the hold's end.
 */
async function makeDue(trx: Trx, { table, id }: JobRow) {
  const keepsClock =
    table.name === "orders"
      ? sql`status = 'awaiting_payment' AND closing IS NULL AND expires_at > now()`
      : sql`false`;
  return sql`
    UPDATE ${sql.table(table.name)} SET
      due_at = CASE WHEN ${keepsClock} THEN due_at ELSE now() END
    WHERE ${sql.ref(table.id)} = ${id}::${sql.raw(table.idType)} AND due_at IS NOT NULL
    RETURNING ${sql.ref(table.id)}`.execute(trx);
}

/** A job that was worked meanwhile is gone, which is as good. */
async function retryJob(hints: Hints, queue: QueueName, jobId: string): Promise<void> {
  const job = await hints.queue(queue).getJob(jobId);
  if (job && (await job.isFailed())) await job.retry("failed");
}

type JobRow = { table: WaitingTable; id: string };

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const jobIds = new RegExp(`^([a-z_]+)-(${uuid}|[A-Za-z0-9_]+)-\\d+-\\d+$`);

/** The row that a job looks at, by the job's id: kind, row, version, round. */
export function rowOfJob(jobId: string): JobRow | null {
  const [, kind = "", id = ""] = jobIds.exec(jobId) ?? [];
  const table = tableOf(kind);
  if (!table) return null;
  const fits = table.idType === "text" || new RegExp(`^${uuid}$`).test(id);
  return fits ? { table, id } : null;
}

function rowsOf(facts: OrderFacts): { id: string; dueAt: Date | null }[] {
  const { order, payments, refunds, disputes, messages, inbox, breaks, deliveries } = facts;
  const ofMoney = [...payments, ...refunds, ...disputes, ...inbox, ...breaks];
  return [order, ...ofMoney, ...messages, ...deliveries];
}
