import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import type { EventStatus } from "../../../payments/lifecycle.ts";
import { orderOfEvent } from "../../facts/order-of-event.ts";

/** How long ago an event may have come at most, in seconds. */
export const ages = { hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000 } as const;
export type Age = keyof typeof ages;

/** Which of Stripe's events to list; they come newest first. */
export type InboxQuery = {
  status: EventStatus | null;
  type: string | null;
  source: "webhook" | "cursor" | null;
  age: Age | null;
  /** Where the page before ended: when its last event came, and the event's id. */
  before: { micros: number; id: string } | null;
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
  /** The same to the microsecond, since 1970: many events come in one statement. */
  receivedMicros: number;
  settledAt: Date | null;
  dueAt: Date | null;
  round: number;
  lastError: string | null;
};

export const inboxPageSize = 50;
const commonType = "payment_intent.succeeded";
/** Where no webhook came for so long, it does not matter when the last one did. */
export const webhooksWithinDays = 7;

const columns = sql`
  e.id, e.source, e.type, e.status, e.intent_id AS "intentId", e.received_at AS "receivedAt",
  (extract(epoch FROM e.received_at) * 1000000)::bigint AS "receivedMicros",
  e.settled_at AS "settledAt", e.due_at AS "dueAt", e.round, e.last_error AS "lastError",
  order_id AS "orderId", (SELECT number FROM orders WHERE orders.id = order_id) AS number`;
/** A look by key for each event: a join would read all payments where the planner thinks so. */
const withOrder = sql`CROSS JOIN LATERAL (SELECT ${orderOfEvent} AS order_id) AS known`;

export async function listInbox(db: Db, query: InboxQuery): Promise<InboxRow[]> {
  const conditions = [...rareOnes(query), sql`true`];
  if (query.status) conditions.push(sql`status = ${query.status}`);
  if (query.type) conditions.push(sql`type = ${query.type}`);
  if (query.source) conditions.push(sql`source = ${query.source}`);
  if (query.age) {
    conditions.push(sql`received_at > now() - make_interval(secs => ${ages[query.age]})`);
  }
  if (query.before) {
    const { micros, id } = query.before;
    const at = sql`timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond'`;
    conditions.push(sql`(received_at, id) < (${at}, ${id})`);
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

/** What is rare has an index of its own: the events of a year need not be walked. */
function rareOnes({ status, type, source }: InboxQuery): RawBuilder<unknown>[] {
  const rare: RawBuilder<unknown>[] = [];
  if (status === "received" || status === "unmatched") rare.push(sql`due_at IS NOT NULL`);
  else if (status && status !== "applied") {
    rare.push(sql`status IN ('foreign', 'ignored', 'abandoned')`);
  }
  if (type && type !== commonType) rare.push(sql`type <> ${sql.lit(commonType)}`);
  if (source === "cursor") rare.push(sql`source = 'cursor'`);
  return rare;
}

export type EventPage = InboxRow & { bytes: number | null; topic: string };

export async function readEvent(db: Db, id: string): Promise<EventPage | null> {
  const { rows } = await sql<EventPage>`
    SELECT ${columns}, e.topic,
      (SELECT octet_length(body) FROM webhook_bodies WHERE event_id = e.id) AS bytes
    FROM webhook_events AS e ${withOrder} WHERE e.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export type InboxState = {
  /** Of the last seven days, and of the latest events; null where there is none among these. */
  lastWebhookAt: Date | null;
  waiting: number;
  cursor: { position: Date; dueAt: Date; lastError: string | null } | null;
};

/** Among so many of the latest events a webhook is looked for. */
export const latestEvents = 50_000;

/** Whether Stripe's webhooks come, and whether its list of events is read behind them. */
export async function readInboxState(db: Db): Promise<InboxState> {
  const { rows } = await sql<InboxState>`
    SELECT (SELECT received_at FROM (
          SELECT received_at, source FROM webhook_events
          WHERE received_at > now() - make_interval(days => ${webhooksWithinDays})
          ORDER BY received_at DESC LIMIT ${latestEvents}
        ) AS latest WHERE source = 'webhook' ORDER BY received_at DESC LIMIT 1) AS "lastWebhookAt",
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

/** What the first page of the inbox says, in one short text. */
export async function inboxSeen(db: Db): Promise<string> {
  const { rows } = await sql<{ seen: string }>`
    SELECT md5(concat_ws('/', (SELECT count(*) FROM webhook_events WHERE due_at IS NOT NULL),
      (SELECT last_error FROM stripe_cursors WHERE name = 'events'), (
        SELECT string_agg(concat(id, status, round), ',') FROM (
          SELECT id, status, round FROM webhook_events
          ORDER BY received_at DESC, id DESC LIMIT ${inboxPageSize}
        ) AS latest
      ))) AS seen`.execute(db);
  return rows[0]?.seen ?? "";
}
