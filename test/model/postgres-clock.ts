import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";
import { waitingTables } from "../../src/queues/waiting-rows.ts";
import type { Due, Job } from "./books.ts";
import { leaseSeconds } from "./memory-tables.ts";

/** What moves with the clock. Moments of looks at Stripe need not: only their order counts. */
const moments = {
  orders: ["placed_at", "expires_at", "due_at", "held_at"],
  payments: ["due_at", "asked_at", "captured_at", "processing_since"],
  refunds: ["due_at", "asked_at"],
  disputes: ["due_at"],
};
type Table = keyof typeof moments;
const tables = Object.keys(moments) as Table[];

/** The orders of a run are those that ask for its product. */
export function ordersOf(sku: string): RawBuilder<unknown> {
  return sql`SELECT order_id FROM order_lines WHERE sku = ${sku}`;
}

/** Time in the database: nobody waits for it, the rows' own moments are moved into the past. */
export function postgresClock(db: Db, sku: string) {
  return {
    async pass(seconds: number): Promise<void> {
      for (const table of tables) {
        const moved = moments[table].map(
          (column) =>
            sql`${sql.ref(column)} = ${sql.ref(column)} - make_interval(secs => ${seconds})`,
        );
        await sql`UPDATE ${sql.table(table)} SET ${sql.join(moved)}
          WHERE ${ownIn(table, sku)}`.execute(db);
      }
    },
    async waiting(): Promise<Due[]> {
      const each = tables.map(
        (table) => sql`
          SELECT ${table}::text AS "table", id::text, status,
            ceil(extract(epoch FROM due_at - now()))::integer AS "inSeconds"
          FROM ${sql.table(table)} WHERE due_at IS NOT NULL AND ${ownIn(table, sku)}`,
      );
      type Row = { table: Table; id: string; status: string; inSeconds: number };
      const { rows } = await sql<Row>`${sql.join(each, sql` UNION ALL `)}
        ORDER BY "table", id`.execute(db);
      return rows.map((row) => ({
        ...jobOf(row.table, row.id, row.status),
        inSeconds: row.inSeconds,
      }));
    },
    /** As the sweeper claims them, for the orders of this run. */
    async claimDue(): Promise<Job[]> {
      const jobs: Job[] = [];
      for (const table of tables) {
        const { rows } = await sql<{ id: string; status: string }>`
          UPDATE ${sql.table(table)} SET due_at = now() + make_interval(secs => ${leaseSeconds})
          WHERE due_at <= now() AND ${ownIn(table, sku)} RETURNING id, status`.execute(db);
        jobs.push(...rows.map(({ id, status }) => jobOf(table, id, status)));
      }
      return jobs;
    },
  };
}

function ownIn(table: Table, sku: string): RawBuilder<unknown> {
  return sql`${sql.ref(table === "orders" ? "id" : "order_id")} IN (${ordersOf(sku)})`;
}

/** What the clock wakes for a row, by the sweeper's own table. */
function jobOf(table: Table, id: string, status: string): Job {
  const wake = waitingTables.find(({ name }) => name === table)?.wakes(status);
  if (wake) return { kind: wake.kind, id };
  throw new Error(`Nobody wakes a row of ${table} that is ${status}.`);
}
