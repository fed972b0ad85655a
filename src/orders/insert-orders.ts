import { type RawBuilder, sql } from "kysely";
import type { Settings } from "../config.ts";
import { leased } from "../db/clock.ts";
import type { Trx } from "../db/transaction.ts";
import type { Hint } from "../queues/hint.ts";
import { deliverHints, tellEndpoints } from "../webhooks/write-deliveries.ts";
import { transitions } from "./lifecycle.ts";
import { clockFor } from "./order-clock.ts";
import type { PlacedOrder } from "./place-order.ts";

type NewOrder = Omit<PlacedOrder, "placedAt" | "expiresAt">;
type Times = { placedAt: Date; expiresAt: Date };
type Inserted = { times: Times; hints: Hint[] };
/** A delivery that tells an endpoint of one of the orders. */
type Told = { orderId: string; id: string };

/** Two events stand in a new order's history: it was placed, and it was checked out. */
export const versionWhenPlaced = 2;
/** A draft was only placed. */
export const versionOfDraft = 1;

/**
 * Writes new orders whole, in one statement: with their lines, adjustments, contact and first
 * two events. They are born checked out, by the second event; drafts have only the first.
 */
export async function insertOrders(
  trx: Trx,
  settings: Settings,
  orders: readonly NewOrder[],
): Promise<Inserted> {
  const [clock, draftClock] = [clockFor("reserving", settings), clockFor("draft", settings)];
  const { placed, checked_out } = transitions;
  const { rows } = await sql<Times & { told: Told[] }>`
    WITH new_orders AS (
      INSERT INTO orders (id, shop_id, number, status, version, currency, total_minor, locale,
        customer_ref, pays_by_link, expires_at, due_at, feed_position)
      SELECT id, shop_id, number,
        CASE WHEN is_draft THEN ${placed.to} ELSE ${checked_out.to} END,
        CASE WHEN is_draft THEN ${versionOfDraft} ELSE ${versionWhenPlaced} END::integer,
        currency, total_minor, locale, customer_ref, pays_by_link, ${clock.expiresAt},
        CASE WHEN is_draft THEN ${draftClock.dueAt} ELSE ${clock.dueAt} END, (SELECT feed_now())
      FROM ${orderRows(orders)} ORDER BY id
      RETURNING placed_at, expires_at
    ), new_lines AS (
      INSERT INTO order_lines
        (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
      SELECT * FROM ${lineRows(orders)}
    ), new_adjustments AS (
      INSERT INTO order_adjustments (order_id, position, kind, name, amount_minor)
      SELECT * FROM ${adjustmentRows(orders)}
    ), new_contacts AS (
      INSERT INTO order_contacts (order_id, key_id, sealed, email_hash, phone_hash)
      SELECT * FROM ${contactRows(orders)}
    ), new_events AS (
      INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor, detail,
        shop_id, feed_position)
      SELECT id, seq, event, from_status, to_status, actor,
        CASE seq WHEN 1 THEN detail ELSE '{}' END, shop_id, (SELECT feed_now())
      FROM unnest(
        ${orders.map(({ id }) => id)}::uuid[],
        ${orders.map(({ request }) => request.actor)}::text[],
        ${orders.map(placedDetail)}::jsonb[],
        ${orders.map(({ request }) => request.shop.id)}::uuid[],
        ${orders.map(isDraft)}::boolean[]
      ) AS new_order (id, actor, detail, shop_id, is_draft)
      CROSS JOIN (VALUES
        (1, 'placed', NULL, ${placed.to}),
        (2, 'checked_out', ${placed.to}, ${checked_out.to})
      ) AS first_two (seq, event, from_status, to_status)
      WHERE seq = 1 OR NOT is_draft
      ORDER BY id, seq
      RETURNING shop_id, order_id, seq, event
    ), told AS (${tellEndpoints(sql`SELECT * FROM new_events`, leased(settings))})
    SELECT placed_at AS "placedAt", expires_at AS "expiresAt", (
      SELECT coalesce(json_agg(json_build_object('orderId', order_id, 'id', id)), '[]')
      FROM told WHERE status = 'pending'
    ) AS told FROM new_orders LIMIT 1`.execute(trx);
  // Without orders there are no times, and nobody to ask for them.
  const [{ told, ...times } = { placedAt: new Date(0), expiresAt: new Date(0), told: [] }] = rows;
  return { times, hints: hintsFor(told, orders) };
}

function hintsFor(told: readonly Told[], orders: readonly NewOrder[]): Hint[] {
  if (told.length === 0) return [];
  const numbers = new Map(orders.map(({ id, number }) => [id, number]));
  return told.flatMap(({ orderId, id }) => deliverHints([id], numbers.get(orderId) ?? null));
}

function orderRows(orders: readonly NewOrder[]): RawBuilder<unknown> {
  return sql`unnest(
    ${orders.map(({ id }) => id)}::uuid[],
    ${orders.map(({ request }) => request.shop.id)}::uuid[],
    ${orders.map(({ number }) => number)}::text[],
    ${orders.map(({ currency }) => currency)}::text[],
    ${orders.map(({ totalMinor }) => totalMinor)}::bigint[],
    ${orders.map(({ request }) => request.locale)}::text[],
    ${orders.map(({ request }) => request.customerRef)}::text[],
    ${orders.map(({ request }) => request.copies !== undefined)}::boolean[],
    ${orders.map(isDraft)}::boolean[]
  ) AS new_order (id, shop_id, number, currency, total_minor, locale, customer_ref,
    pays_by_link, is_draft)`;
}

function isDraft({ request }: NewOrder): boolean {
  return !request.checkout;
}

/** What the history says of an order's placing: which other one it copies, if any. */
function placedDetail({ request: { copies } }: NewOrder): string {
  return copies ? JSON.stringify({ copies: copies.orderId, number: copies.number }) : "{}";
}

function lineRows(orders: readonly NewOrder[]): RawBuilder<unknown> {
  const lines = orders.flatMap(({ id, lines }) =>
    lines.map((line, index) => ({ id, position: index + 1, ...line })),
  );
  return sql`unnest(
    ${lines.map(({ id }) => id)}::uuid[],
    ${lines.map(({ position }) => position)}::integer[],
    ${lines.map(({ sku }) => sku)}::text[],
    ${lines.map(({ writtenSku }) => writtenSku)}::text[],
    ${lines.map(({ name }) => name)}::text[],
    ${lines.map(({ quantity }) => quantity)}::integer[],
    ${lines.map(({ unitPriceMinor }) => unitPriceMinor)}::bigint[]
  )`;
}

function adjustmentRows(orders: readonly NewOrder[]): RawBuilder<unknown> {
  const adjustments = orders.flatMap(({ id, adjustments }) =>
    adjustments.map((adjustment, index) => ({ id, position: index + 1, ...adjustment })),
  );
  return sql`unnest(
    ${adjustments.map(({ id }) => id)}::uuid[],
    ${adjustments.map(({ position }) => position)}::integer[],
    ${adjustments.map(({ kind }) => kind)}::text[],
    ${adjustments.map(({ name }) => name)}::text[],
    ${adjustments.map(({ amountMinor }) => amountMinor)}::bigint[]
  )`;
}

function contactRows(orders: readonly NewOrder[]): RawBuilder<unknown> {
  const known = orders.flatMap(({ id, request: { contact } }) => (contact ? { id, contact } : []));
  return sql`unnest(
    ${known.map(({ id }) => id)}::uuid[],
    ${known.map(({ contact }) => contact.keyId)}::text[],
    ${known.map(({ contact }) => contact.sealed)}::bytea[],
    ${known.map(({ contact }) => contact.emailHash)}::bytea[],
    ${known.map(({ contact }) => contact.phoneHash)}::bytea[]
  )`;
}
