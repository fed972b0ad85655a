import { type RawBuilder, sql } from "kysely";
import { messageClocks } from "../notifications/lifecycle.ts";
import { clocks } from "../orders/lifecycle.ts";
import {
  breakClocks,
  disputeClocks,
  eventClocks,
  paymentClocks,
  refundClocks,
} from "../payments/lifecycle.ts";
import { deliveryClocks, endpointClocks } from "../webhooks/lifecycle.ts";
import { type WaitingTable, wakesBy } from "./waiting-table.ts";

export type { WaitingTable };

/** Which job reads each of Stripe's lists, by the cursor's name. */
const cursorClocks = {
  events: { wakes: "status/poll_events" },
  hourly_comparison: { wakes: "status/compare_books" },
  nightly_comparison: { wakes: "status/compare_books" },
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
    unbegun: "status = 'reserving'",
    longestBackoffSeconds: 600,
    // Stock may be held for so long, and no longer because of a backoff.
    latest: ({ HOLD_MAX_MINUTES: minutes }) => sql`
      CASE WHEN status = 'awaiting_payment'
        AND held_at + make_interval(secs => ${minutes * 60}) > now()
        THEN held_at + make_interval(secs => ${minutes * 60}) END`,
    wakes: wakesBy(clocks),
  },
  {
    name: "payments",
    id: "id",
    idType: "uuid",
    version: "version",
    order: numberOfOrder,
    hinted: "status = 'created'",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(paymentClocks),
  },
  {
    name: "refunds",
    id: "id",
    idType: "uuid",
    version: "version",
    order: numberOfOrder,
    hinted: "status = 'requested'",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(refundClocks),
  },
  {
    name: "disputes",
    id: "id",
    idType: "text",
    version: "version",
    order: numberOfOrder,
    hinted: "false",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(disputeClocks),
  },
  {
    name: "webhook_events",
    id: "id",
    idType: "text",
    version: "1",
    order: "NULL",
    hinted: "status = 'received'",
    fold: "CASE topic WHEN 'intent' THEN payment_id END",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(eventClocks),
  },
  {
    name: "stripe_cursors",
    id: "name",
    idType: "text",
    version: "version",
    order: "NULL",
    hinted: "name = 'events'",
    // While the events sleep, nobody finds what no webhook tells. A comparison reads long lists
    // from their beginning.
    longestBackoffSeconds: (name) => (name === "events" ? 30 : 3_600),
    wakes: wakesBy(cursorClocks),
  },
  {
    name: "breaks",
    id: "id",
    idType: "uuid",
    version: "1",
    order: numberOfOrder,
    hinted: "true",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(breakClocks),
  },
  {
    name: "notifications",
    id: "id",
    idType: "uuid",
    version: "1",
    order: numberOfOrder,
    // A message whose outcome is unknown waits before it is sent again.
    hinted: "status = 'pending'",
    unbegun: "tries = 0",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(messageClocks),
  },
  {
    name: "webhook_endpoints",
    id: "id",
    idType: "uuid",
    version: "version",
    order: "NULL",
    hinted: "false",
    longestBackoffSeconds: 300,
    wakes: wakesBy(endpointClocks),
  },
  {
    name: "webhook_deliveries",
    id: "id",
    idType: "uuid",
    version: "version",
    order: numberOfOrder,
    // What failed, or is parked, has a clock of its own.
    hinted: "status = 'pending' AND tries = 0",
    longestBackoffSeconds: 3_600,
    wakes: wakesBy(deliveryClocks),
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
  cancel_payment: "payments",
  start_refund: "refunds",
  sync_refund: "refunds",
  sync_dispute: "disputes",
  apply_event: "webhook_events",
  poll_events: "stripe_cursors",
  compare_books: "stripe_cursors",
  settle_break: "breaks",
  send_message: "notifications",
  deliver: "webhook_deliveries",
  probe_endpoint: "webhook_endpoints",
};

const beginnings = ["reserve", "start_payment", "start_refund"];

/**
 * Whether a kind of job begins its row's life: when the row has gone on to another clock, what
 * becomes of a job that came too late says nothing of it any more.
 */
export function begins(kind: string): boolean {
  return beginnings.includes(kind);
}

/** That nothing on record says that a row's first job has begun, as SQL over the row. */
export function isUnbegun({ hinted, unbegun }: WaitingTable): RawBuilder<boolean> {
  return sql.raw(unbegun ? `(${hinted} AND ${unbegun})` : hinted);
}

/** After how long a row of the table is tried again at the latest. */
export function longestBackoff({ longestBackoffSeconds: seconds }: WaitingTable, id: string) {
  return typeof seconds === "number" ? seconds : seconds(id);
}

/**
 * Sets, beside `last_error`, since when a row's work fails: the first failure that is recorded
 * after a success, which leaves no error behind.
 */
export function failingSince(table: WaitingTable["name"]): RawBuilder<unknown> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql`failing_since = CASE WHEN ${column("last_error")} IS NULL THEN now()
    ELSE coalesce(${column("failing_since")}, now()) END`;
}

/** What a row's clock depends on: its status, or which of Stripe's lists it reads. */
export function statusColumn(table: WaitingTable) {
  return sql.ref(table.name === "stripe_cursors" ? "name" : "status");
}
