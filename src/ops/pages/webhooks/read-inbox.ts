import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import type { EventStatus } from "../../../payments/lifecycle.ts";

/** Which of Stripe's events to list; they come newest first. */
export type InboxQuery = {
  status: EventStatus | null;
  type: string | null;
  source: "webhook" | "cursor" | null;
  /** Where the page before ended: when its last event came, and the event's id. */
  before: { at: Date; id: string } | null;
};

export type InboxRow = {
  id: string;
  source: "webhook" | "cursor";
  type: string;
  status: EventStatus;
  intentId: string | null;
  orderId: string | null;
  number: string | null;
  receivedAt: Date;
  settledAt: Date | null;
  dueAt: Date | null;
  round: number;
  lastError: string | null;
};

export const inboxPageSize = 50;

const columns = sql`
  e.id, e.source, e.type, e.status, e.intent_id AS "intentId", e.received_at AS "receivedAt",
  e.settled_at AS "settledAt", e.due_at AS "dueAt", e.round, e.last_error AS "lastError",
  order_id AS "orderId", (SELECT number FROM orders WHERE orders.id = order_id) AS number`;
/** A look by key for each event: a join would read all payments where the planner thinks so. */
const withOrder = sql`CROSS JOIN LATERAL (
  SELECT (SELECT order_id FROM payments WHERE payments.id = e.payment_id) AS order_id
) AS known`;

export async function listInbox(db: Db, query: InboxQuery): Promise<InboxRow[]> {
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  // What waits is rare, and has an index of its own: the events of a year need not be walked.
  if (query.status === "received" || query.status === "unmatched") {
    conditions.push(sql`due_at IS NOT NULL`);
  }
  if (query.status) conditions.push(sql`status = ${query.status}`);
  if (query.type) conditions.push(sql`type = ${query.type}`);
  if (query.source) conditions.push(sql`source = ${query.source}`);
  if (query.before) {
    const { at, id } = query.before;
    conditions.push(sql`(received_at, id) < (${at}::timestamptz, ${id})`);
  }
  const { rows } = await sql<InboxRow>`
    WITH page AS MATERIALIZED (
      SELECT * FROM webhook_events WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY received_at DESC, id DESC LIMIT ${inboxPageSize + 1}
    )
    SELECT ${columns} FROM page AS e ${withOrder} ORDER BY e.received_at DESC, e.id DESC`.execute(
    db,
  );
  return rows;
}

export type EventPage = InboxRow & { bytes: number | null; topic: string };

export async function readEvent(db: Db, id: string): Promise<EventPage | null> {
  const { rows } = await sql<EventPage>`
    SELECT ${columns}, e.topic, octet_length(body) AS bytes
    FROM webhook_events AS e ${withOrder} WHERE e.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export type InboxState = {
  lastWebhookAt: Date | null;
  waiting: number;
  cursor: { position: Date; dueAt: Date; lastError: string | null } | null;
};

/** Whether Stripe's webhooks come, and whether its list of events is read behind them. */
export async function readInboxState(db: Db): Promise<InboxState> {
  const { rows } = await sql<InboxState>`
    SELECT (SELECT max(received_at) FROM webhook_events WHERE source = 'webhook')
        AS "lastWebhookAt",
      (SELECT count(*) FROM webhook_events WHERE due_at IS NOT NULL)::integer AS waiting`.execute(
    db,
  );
  const cursor = await db
    .selectFrom("stripe_cursors")
    .select(["position", "due_at as dueAt", "last_error as lastError"])
    .where("name", "=", "events")
    .executeTakeFirst();
  const [row] = rows;
  return {
    lastWebhookAt: row?.lastWebhookAt ?? null,
    waiting: row?.waiting ?? 0,
    cursor: cursor ?? null,
  };
}
