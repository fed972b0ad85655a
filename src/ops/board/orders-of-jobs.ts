import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { uuidOrNull } from "../../payments/inbox.ts";
import { readJob } from "../../queues/read-job.ts";
import { tableOf, type WaitingTable } from "../../queues/waiting-rows.ts";

type AnyJob = { name: string; data?: unknown };
type Row = { table: WaitingTable; id: string };

/** Their rows belong to no order. */
const withoutOrders: readonly WaitingTable["name"][] = ["stripe_cursors", "webhook_endpoints"];

/**
 * The orders of jobs, each by the row that its worker would look at, and null where that belongs
 * to none. What a job itself says of an order is no more than a label.
 */
export async function ordersOfJobs(db: Db, jobs: readonly AnyJob[]): Promise<(string | null)[]> {
  const rows = jobs.map(rowOf);
  const byTable = Map.groupBy(
    rows.filter((row) => row !== null),
    ({ table }) => table,
  );
  const found = new Map<string, string>();
  for (const [table, named] of byTable) {
    const ids = named.map(({ id }) => id);
    const { rows: owned } = await ownersIn(table, ids).execute(db);
    for (const { id, orderId } of owned) found.set(`${table.name} ${id}`, orderId);
  }
  return rows.map((row) => (row && found.get(`${row.table.name} ${row.id}`)) ?? null);
}

function rowOf(job: AnyJob): Row | null {
  const table = tableOf(job.name);
  const { id } = readJob(job);
  if (!table || withoutOrders.includes(table.name) || id === null) return null;
  const known = table.idType === "uuid" ? uuidOrNull(id) : id;
  return known === null ? null : { table, id: known };
}

function ownersIn({ name, idType }: WaitingTable, ids: readonly string[]) {
  const wanted = sql`ANY(${ids}::${sql.raw(idType)}[])`;
  if (name === "orders") {
    return sql<{ id: string; orderId: string }>`
      SELECT id, id AS "orderId" FROM orders WHERE id = ${wanted}`;
  }
  if (name === "webhook_events") {
    return sql<{ id: string; orderId: string }>`
      SELECT e.id, order_id AS "orderId" FROM webhook_events AS e
      JOIN payments AS p ON p.id = e.payment_id OR p.intent_id = e.intent_id
      WHERE e.id = ${wanted}`;
  }
  return sql<{ id: string; orderId: string }>`
    SELECT id, order_id AS "orderId" FROM ${sql.table(name)}
    WHERE id = ${wanted} AND order_id IS NOT NULL`;
}
