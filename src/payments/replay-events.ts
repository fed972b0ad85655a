import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { inTransaction, type Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import type { ProviderEvent } from "./gateway.ts";
import { paymentOfEvent, statusOfEvent, uuidOrNull } from "./inbox.ts";
import type { EventStatus, EventTopic } from "./lifecycle.ts";

/** Which events of the inbox are meant: those for which everything holds that is given. */
export type Selection = {
  ids?: readonly string[] | undefined;
  /** An order's id or its number. */
  order?: string | undefined;
  type?: string | undefined;
  /** When the event arrived here: from, and before. */
  since?: Date | undefined;
  until?: Date | undefined;
};

/** An event, how it stood, and how it stands (or would stand) now. */
export type Replayed = {
  id: string;
  type: string;
  order: string | null;
  receivedAt: Date;
  before: EventStatus;
  after: EventStatus;
};

/** How a stored body is read: with what the code knows today. */
type Reread = (body: Buffer) => ProviderEvent;
type Wishes = { reread: Reread; dryRun?: boolean };

/** A page's bodies are in memory at once; so many pages are a hundred thousand events. */
const pageSize = 200;
const mostPages = 500;
/** From the third fruitless sweep on, the sweeper looks whether a failed job stands in the way. */
const sweepsBefore = 2;

/**
 * Sets events of the inbox back to waiting, whatever became of them: the sweeper then wakes the
 * job that looks at Stripe. Their bodies are read anew, so that one which was ignored or taken
 * for somebody else's can be ours now; what still is neither stays as it was.
 *
 * Answers page by page; each page is a transaction of its own.
 */
export async function* replayEvents(
  db: Db,
  selection: Selection,
  wishes: Wishes,
): AsyncGenerator<Replayed[]> {
  let last: string | null = null;
  for (let page = 0; page < mostPages; page++) {
    const place: RawBuilder<unknown> = last === null ? sql`true` : sql`id > ${last}`;
    const where = sql.join([...conditionsOf(selection), place], sql` AND `);
    const replayed: Replayed[] = await inTransaction(db, (trx) => replayPage(trx, where, wishes));
    if (replayed.length > 0) yield replayed;
    last = replayed.at(-1)?.id ?? null;
    if (replayed.length < pageSize) return;
  }
  const count = (pageSize * mostPages).toLocaleString("en");
  const done = wishes.dryRun ? "would be replayed" : "were replayed";
  throw new Refused(
    "too_many_events",
    `The first ${count} events ${done}, and more may match: name a shorter time for the rest.`,
  );
}

/** The same for a few events, in the caller's transaction. */
export async function replayInside(
  trx: Trx,
  ids: readonly string[],
  wishes: Wishes,
): Promise<Replayed[]> {
  return replayPage(trx, sql.join(conditionsOf({ ids }), sql` AND `), wishes);
}

/** Those of the ids that the inbox does not have. */
export async function unknownIds(db: Db, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT id FROM unnest(${ids}::text[]) AS wanted (id)
    WHERE id NOT IN (SELECT id FROM webhook_events WHERE id = ANY(${ids}::text[]))
    ORDER BY id`.execute(db);
  return rows.map(({ id }) => id);
}

/** The id of the order that has this id or number, or null. */
export async function orderNamed(db: Db, name: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM orders WHERE number = upper(${name}) OR id = ${uuidOrNull(name)}
  `.execute(db);
  return rows[0]?.id ?? null;
}

function conditionsOf({ ids, order, type, since, until }: Selection): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = [];
  if (ids && ids.length > 0) conditions.push(sql`id = ANY(${ids}::text[])`);
  if (type !== undefined) conditions.push(sql`type = ${type}`);
  if (since) conditions.push(sql`received_at >= ${since}`);
  if (until) conditions.push(sql`received_at < ${until}`);
  if (order !== undefined) {
    const payments = sql`FROM payments JOIN orders ON orders.id = order_id
      WHERE orders.number = upper(${order}) OR orders.id = ${uuidOrNull(order)}`;
    conditions.push(sql`(payment_id IN (SELECT payments.id ${payments})
      OR intent_id IN (SELECT intent_id ${payments}))`);
  }
  return conditions;
}

type Row = {
  id: string;
  type: string;
  topic: EventTopic;
  intentId: string | null;
  body: Buffer | null;
  status: EventStatus;
};

async function replayPage(
  trx: Trx,
  where: RawBuilder<unknown>,
  { reread, dryRun = false }: Wishes,
): Promise<Replayed[]> {
  const { rows } = await sql<Row>`
    SELECT id, type, topic, intent_id AS "intentId", status,
      (SELECT body FROM webhook_bodies WHERE event_id = id) AS body
    FROM webhook_events WHERE ${where} ORDER BY id LIMIT ${pageSize}
    ${dryRun ? sql`` : sql`FOR NO KEY UPDATE`}`.execute(trx);
  const events = rows.map((row) => (row.body ? reread(row.body) : asStored(row)));
  const judged = sql`
    WITH heard AS MATERIALIZED (
      SELECT a.*, ${paymentOfEvent} AS payment_id, was_ours OR a.installation = ours.id::text
        AS is_ours
      FROM installation AS ours, unnest(
        ${rows.map(({ id }) => id)}::text[],
        ${events.map(({ type }) => type)}::text[],
        ${events.map(({ topic }) => topic)}::text[],
        ${events.map(({ intentId }) => intentId)}::text[],
        ${events.map(({ paymentId }) => uuidOrNull(paymentId))}::uuid[],
        ${events.map(({ installation }) => installation)}::text[],
        ${rows.map((row) => row.body === null && wasOurs(row))}::boolean[]
      ) AS a (id, type, topic, intent_id, stamp, installation, was_ours)
    ), judged AS (
      SELECT heard.id, heard.type, heard.topic, heard.intent_id,
        coalesce(heard.payment_id, stored.payment_id) AS payment_id, stored.received_at,
        stored.status AS before, ${statusOfEvent} AS after
      FROM heard JOIN webhook_events AS stored USING (id)
    )`;
  const back = sql`, back AS (
      UPDATE webhook_events AS stored SET type = judged.type, topic = judged.topic,
        intent_id = judged.intent_id, payment_id = judged.payment_id, status = after,
        due_at = CASE WHEN after = 'received' THEN now() END,
        settled_at = CASE WHEN after <> 'received' THEN coalesce(settled_at, now()) END,
        round = 0, sweeps = ${sweepsBefore}, last_error = NULL
      FROM judged WHERE stored.id = judged.id
    )`;
  const { rows: replayed } = await sql<Replayed>`
    ${judged}${dryRun ? sql`` : back}
    SELECT judged.id, type, received_at AS "receivedAt", before, after,
      (SELECT number FROM payments JOIN orders ON orders.id = order_id
        WHERE payments.id = judged.payment_id) AS "order"
    FROM judged ORDER BY judged.id`.execute(trx);
  return replayed;
}

/** What is known of an event whose body has been dropped. */
function asStored({ type, topic, intentId }: Row) {
  return { type, topic, intentId, paymentId: null, installation: null };
}

function wasOurs({ status }: Row): boolean {
  return status !== "foreign" && status !== "ignored";
}
