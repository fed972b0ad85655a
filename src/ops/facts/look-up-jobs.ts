import type { FoundJob } from "../../queues/find-jobs.ts";
import { jobIdOf, type QueueName } from "../../queues/hint.ts";
import type { Hints } from "../../queues/hints.ts";
import { queues } from "../../queues/index.ts";
import { tableOf, type WaitingTable } from "../../queues/waiting-rows.ts";
import type { OrderFacts } from "./facts.ts";

/** A row whose jobs are looked for. */
type Row = { table: WaitingTable["name"]; id: string; version: number; round: number };

/** A row's job keeps the version and the round of its hint: so many of them are tried. */
const mostVersions = 12;
const mostRounds = 4;

type Rows = Pick<
  OrderFacts,
  "order" | "payments" | "refunds" | "disputes" | "inbox" | "breaks" | "messages" | "deliveries"
>;

/** Which jobs of an order's rows are in a queue now; null when Redis could not be asked. */
export async function lookUpJobs(hints: Hints, facts: Rows): Promise<FoundJob[] | null> {
  const found = await hints.find(rowsOf(facts).flatMap(jobsOf));
  return found?.sort((one, other) => one.addedAt.getTime() - other.addedAt.getTime()) ?? null;
}

/** The rows that are worked most are looked for first. */
function rowsOf(facts: Rows): Row[] {
  const { order, payments, refunds, disputes, inbox, breaks, messages, deliveries } = facts;
  const once = (table: Row["table"], rows: readonly { id: string; round: number }[]) =>
    rows.map(({ id, round }): Row => ({ table, id, version: 1, round }));
  const counted = (table: Row["table"], rows: readonly Omit<Row, "table">[]) =>
    rows.map(({ id, version, round }): Row => ({ table, id, version, round }));
  return [
    ...counted("orders", [order]),
    ...counted("payments", payments),
    ...counted("refunds", refunds),
    ...counted("disputes", disputes),
    ...once("notifications", messages),
    ...once("breaks", breaks),
    ...counted(
      "webhook_deliveries",
      deliveries.filter(({ dueAt }) => dueAt !== null),
    ),
    // Events that were settled have no job.
    ...once(
      "webhook_events",
      inbox.filter(({ dueAt }) => dueAt !== null),
    ),
  ];
}

/** Every kind of job, with its queue, by the table whose rows it looks at. */
const kindsOf = Map.groupBy(
  queues.flatMap(({ name, jobs }) =>
    Object.keys(jobs).map((kind) => ({ queue: name as QueueName, kind })),
  ),
  ({ kind }) => tableOf(kind)?.name,
);

function jobsOf({ table, id, version, round }: Row) {
  // An order that ends leaves a hint for its payment without looking at its version.
  const versions = [...new Set([...numbers(version, mostVersions), 0])];
  return (kindsOf.get(table) ?? []).flatMap(({ queue, kind }) =>
    versions.flatMap((each) =>
      numbers(round, mostRounds).map((attempt) => ({
        ...{ queue, rowId: id },
        id: jobIdOf({ kind, id, version: each, round: attempt }),
      })),
    ),
  );
}

/** So many numbers, from the last one down to 0 at the lowest. */
function numbers(last: number, most: number): number[] {
  return Array.from({ length: Math.min(most, last + 1) }, (_, back) => last - back);
}
