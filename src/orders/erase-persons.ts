import { sql } from "kysely";
import { asText } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import { messageClocks } from "../notifications/lifecycle.ts";
import { paymentClocks, refundClocks } from "../payments/lifecycle.ts";

/** Orders a transaction, so that none holds many locks. */
export const erasePageSize = 200;

/** So long a text about an order is kept that an operator wrote when its person was gone. */
const lateTextDays = 30;

/** What became of a page: so many were erased, and where the next begins if there may be more. */
type Erased = { persons: number; next: string | null };

/**
 * Erases persons whose time is over, from a moment on, and with them whatever people wrote about
 * their orders in their own words: reasons, notes, references, the shop's own name for the customer
 * and for what it granted. What was done, when and by whom stays.
 */
export async function erasePersons(trx: Trx, from: string): Promise<Erased> {
  const due = await findDue(trx, from);
  const erased = await deleteContacts(trx, await lockOrders(trx, due.ids));
  if (erased.length > 0) await eraseTexts(trx, erased);
  // Those that somebody is at work on were found, too: they are passed over, and not the last.
  return { persons: erased.length, next: due.ids.length === erasePageSize ? due.until : null };
}

/** The same of orders without a person, about which somebody wrote all the same, some time ago. */
export async function eraseLateTexts(trx: Trx): Promise<number> {
  const orders = await lockOrders(trx, await findLate(trx));
  if (orders.length > 0) await eraseTexts(trx, orders);
  return orders.length;
}

/**
 * What waits of an order. It is found by the order, each by itself, and known by its status: by
 * their clocks, all that waits anywhere would be read for each person.
 */
const waits = (
  table: "payments" | "refunds" | "notifications",
  clocks: Record<string, unknown>,
) => {
  const statuses = Object.keys(clocks).filter((status) => clocks[status] !== "rests");
  return sql`EXISTS (
    SELECT FROM ${sql.table(table)} AS w
    WHERE w.order_id = order_contacts.order_id AND w.status = ANY(${statuses}::text[]) OFFSET 0
  )`;
};

/** An order keeps its person while its money moves, or a mail about it is still to be sent. */
const isOver = sql`erase_at <= now() AND NOT ${waits("payments", paymentClocks)}
  AND NOT ${waits("refunds", refundClocks)} AND NOT ${waits("notifications", messageClocks)}`;

async function findDue(trx: Trx, from: string): Promise<{ ids: string[]; until: string }> {
  // In the order of their index, which is read no further than the page goes.
  const { rows } = await sql<{ id: string; at: string }>`
    SELECT order_id AS id, ${asText(sql`erase_at`)} AS at FROM order_contacts
    WHERE erase_at >= ${from}::timestamptz AND ${isOver}
    ORDER BY erase_at LIMIT ${erasePageSize}`.execute(trx);
  return { ids: rows.map(({ id }) => id), until: rows.at(-1)?.at ?? from };
}

async function findLate(trx: Trx): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT order_id AS id FROM operator_acts
    WHERE order_id IS NOT NULL AND reason <> '[erased]'
      AND at < now() - make_interval(days => ${lateTextDays})
      AND NOT EXISTS (
        -- The offset has each looked up by its key: few orders have acts, and most have a contact.
        SELECT FROM order_contacts WHERE order_contacts.order_id = operator_acts.order_id OFFSET 0
      )
    LIMIT ${erasePageSize}`.execute(trx);
  return rows.map(({ id }) => id);
}

/** In the one order of locks, and none that somebody is at work on: its turn comes. */
async function lockOrders(trx: Trx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM orders WHERE id = ANY(${ids}::uuid[])
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
  return rows.map(({ id }) => id);
}

async function deleteContacts(trx: Trx, orderIds: readonly string[]): Promise<string[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    DELETE FROM order_contacts WHERE order_id = ANY(${orderIds}::uuid[]) AND ${isOver}
    RETURNING order_id AS id`.execute(trx);
  return rows.map(({ id }) => id);
}

/**
 * Forgets what the shop wrote of the customers of orders that end without a contact: no time of a
 * person runs out, whose erasing would take it along.
 */
export async function forgetWithoutContact(trx: Trx, orderIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM unnest(${orderIds}::uuid[]) AS ended (id)
    WHERE NOT EXISTS (SELECT FROM order_contacts WHERE order_id = ended.id)`.execute(trx);
  const alone = rows.map(({ id }) => id);
  if (alone.length > 0) await eraseShopsWords(trx, alone);
}

async function eraseShopsWords(trx: Trx, orderIds: readonly string[]): Promise<void> {
  const ids = sql`${orderIds}::uuid[]`;
  await sql`
    WITH granted AS (
      UPDATE order_adjustments SET name = '[erased]'
      WHERE order_id = ANY(${ids}) AND name <> '[erased]'
    )
    UPDATE orders SET customer_ref = NULL
    WHERE id = ANY(${ids}) AND customer_ref IS NOT NULL`.execute(trx);
}

/** The books keep how much was paid and given back; where it went is in the chain's own books. */
async function eraseTexts(trx: Trx, orderIds: readonly string[]): Promise<void> {
  const ids = sql`${orderIds}::uuid[]`;
  await eraseShopsWords(trx, orderIds);
  await sql`
    WITH l AS MATERIALIZED (
      SELECT id FROM payments WHERE order_id = ANY(${ids}) AND reference IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE payments SET reference = '[erased]' FROM l WHERE payments.id = l.id`.execute(trx);
  await sql`
    WITH l AS MATERIALIZED (
      SELECT id FROM refunds WHERE order_id = ANY(${ids}) AND note IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE refunds SET note = '[erased]' FROM l WHERE refunds.id = l.id`.execute(trx);
  // At once: what is written since this transaction began holds the feed back until it ends. A
  // carrier's number leads to a door.
  await sql`
    WITH back AS (
      UPDATE returns SET note = '[erased]' WHERE order_id = ANY(${ids}) AND note IS NOT NULL
    ), parcels AS (
      UPDATE shipments SET tracking_number = NULL, tracking_url = NULL
      WHERE order_id = ANY(${ids})
        AND (tracking_number IS NOT NULL OR tracking_url IS NOT NULL)
    ), told AS (
      UPDATE order_events
      SET detail = erased_texts(detail) - ARRAY['trackingNumber', 'trackingUrl']
      WHERE order_id = ANY(${ids})
        AND detail ?| ARRAY['note', 'reference', 'returned', 'trackingNumber', 'trackingUrl']
    )
    UPDATE operator_acts SET (subject, reason, input, outcome) = (
      SELECT erased.subject, erased.reason, erased.input, erased.outcome
      FROM erased_act(operator_acts) AS erased
    ) WHERE order_id = ANY(${ids}) AND reason <> '[erased]'`.execute(trx);
}
