import { sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import { type WaitingTable, waitingTables } from "../../../queues/waiting-rows.ts";

/** The row that has waited longest beyond its time, and the order that it belongs to. */
export type Overdue = {
  table: WaitingTable["name"];
  dueAt: Date;
  orderId: string | null;
  number: string | null;
};

/** How a row of each table names its order. */
const orderOf: Record<WaitingTable["name"], string> = {
  orders: "id",
  payments: "order_id",
  refunds: "order_id",
  disputes: "order_id",
  webhook_events: "(SELECT order_id FROM payments WHERE payments.id = payment_id)",
  stripe_cursors: "NULL::uuid",
  breaks: "order_id",
  notifications: "order_id",
  webhook_endpoints: "NULL::uuid",
  webhook_deliveries: "order_id",
};

/** The oldest overdue row of all, or null where none is. */
export async function readOverdue(db: Db): Promise<Overdue | null> {
  const oldest = waitingTables.map(
    ({ name }) => sql`(
      SELECT ${sql.lit(name)} AS "table", due_at, ${sql.raw(orderOf[name])} AS order_id
      FROM ${sql.table(name)} WHERE due_at <= now() ORDER BY due_at LIMIT 1)`,
  );
  const { rows } = await sql<Overdue>`
    SELECT "table", due_at AS "dueAt", order_id AS "orderId",
      (SELECT number FROM orders WHERE orders.id = order_id) AS number
    FROM (${sql.join(oldest, sql` UNION ALL `)}) AS oldest
    ORDER BY due_at LIMIT 1`.execute(db);
  return rows[0] ?? null;
}
