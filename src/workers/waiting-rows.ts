import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { messageClocks } from "../notifications/lifecycle.ts";
import { clocks } from "../orders/lifecycle.ts";
import { paymentClocks } from "../payments/lifecycle.ts";
import type { QueueName } from "../queues/hint.ts";

/** A table whose rows wait with a clock, and how a row of it becomes a hint. */
export type WaitingTable = {
  name: "orders" | "payments" | "webhook_events" | "event_cursors" | "notifications";
  id: "id" | "name";
  idType: "uuid" | "text";
  /** The row's version, and the order's number for people, as SQL over the row. */
  version: string;
  order: string;
  /** Rows whose hint was sent with their commit, not those that wait for a deadline. */
  hinted: string;
  /** However often it failed, it is tried again after so long. */
  longestBackoffSeconds: number;
  /** What the clock wakes for a row in this status. */
  wakes(status: string): { queue: QueueName; kind: string } | null;
};

const numberOfOrder = "(SELECT number FROM orders WHERE orders.id = order_id)";

export const waitingTables: readonly WaitingTable[] = [
  {
    name: "orders",
    id: "id",
    idType: "uuid",
    version: "version",
    order: "number",
    hinted: "(status = 'reserving' OR closing IS NOT NULL)",
    longestBackoffSeconds: 600,
    wakes: (status) => wakeOf(clocks[status as keyof typeof clocks]),
  },
  {
    name: "payments",
    id: "id",
    idType: "uuid",
    version: "version",
    order: numberOfOrder,
    hinted: "status = 'created'",
    longestBackoffSeconds: 3_600,
    wakes: (status) => wakeOf(paymentClocks[status as keyof typeof paymentClocks]),
  },
  {
    name: "webhook_events",
    id: "id",
    idType: "text",
    version: "1",
    order: "NULL",
    hinted: "true",
    longestBackoffSeconds: 3_600,
    wakes: () => ({ queue: "status", kind: "apply_event" }),
  },
  {
    name: "event_cursors",
    id: "name",
    idType: "text",
    version: "version",
    order: "NULL",
    hinted: "true",
    // While it sleeps, nobody finds what no webhook tells.
    longestBackoffSeconds: 30,
    wakes: () => ({ queue: "status", kind: "poll_events" }),
  },
  {
    name: "notifications",
    id: "id",
    idType: "uuid",
    version: "1",
    order: numberOfOrder,
    // A message whose outcome is unknown waits before it is sent again.
    hinted: "status = 'pending'",
    longestBackoffSeconds: 3_600,
    wakes: (status) => wakeOf(messageClocks[status as keyof typeof messageClocks]),
  },
];

/** The table whose row a kind of job looks at; none for the bucket of deadlines. */
export function tableOf(kind: string): WaitingTable | undefined {
  const name = tableNames[kind];
  return waitingTables.find((table) => table.name === name);
}

const tableNames: Record<string, WaitingTable["name"]> = {
  reserve: "orders",
  end_draft: "orders",
  close_order: "orders",
  start_payment: "payments",
  sync_payment: "payments",
  apply_event: "webhook_events",
  poll_events: "event_cursors",
  send_message: "notifications",
};

/** The status of a row: the one table without statuses has one purpose. */
export function statusColumn(table: WaitingTable) {
  return table.name === "event_cursors" ? sql.lit("waiting") : sql.ref("status");
}

function wakeOf(clock: "rests" | { wakes: string } | undefined) {
  if (clock === undefined || clock === "rests") return null;
  const [queue, kind] = clock.wakes.split("/");
  return { queue: queue as QueueName, kind: kind ?? "" };
}

/** How often a failure was booked on a job's row since it last changed. */
export async function roundOf(db: Db, kind: string, id: string): Promise<number> {
  const table = tableOf(kind);
  if (!table) return 0;
  const { rows } = await sql<{ round: number }>`
    SELECT round FROM ${sql.table(table.name)} WHERE ${sql.ref(table.id)} = ${id}`.execute(db);
  return rows[0]?.round ?? 0;
}
