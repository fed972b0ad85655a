import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Trx } from "../db/transaction.ts";
import { transitions } from "./lifecycle.ts";
import { clockFor } from "./order-clock.ts";
import type { PlacedOrder } from "./place-order.ts";

type NewOrder = Omit<PlacedOrder, "placedAt" | "expiresAt">;

/**
 * Writes new orders whole, in one statement: with their lines, adjustments, contact and first
 * two events. They are born checked out; it is the second event that puts them so.
 */
export async function insertOrders(
  trx: Trx,
  settings: Settings,
  orders: readonly NewOrder[],
): Promise<{ placedAt: Date; expiresAt: Date }> {
  if (orders.length === 0) return { placedAt: new Date(0), expiresAt: new Date(0) };
  const clock = clockFor("reserving", settings);
  const lines = orders.flatMap(({ id, lines }) =>
    lines.map((line, index) => ({ id, position: index + 1, ...line })),
  );
  const adjustments = orders.flatMap(({ id, adjustments }) =>
    adjustments.map((adjustment, index) => ({ id, position: index + 1, ...adjustment })),
  );
  const of = <Value>(read: (order: NewOrder) => Value) => orders.map(read);

  const { rows } = await sql<{ placedAt: Date; expiresAt: Date }>`
    WITH new_orders AS (
      INSERT INTO orders (id, shop_id, number, status, version, currency, total_minor, locale,
        customer_ref, expires_at, due_at)
      SELECT o.*, ${clock.expiresAt}, ${clock.dueAt} FROM (
        SELECT id, shop_id, number, ${transitions.checked_out.to}, 2, currency, total_minor,
          locale, customer_ref
        FROM unnest(
          ${of(({ id }) => id)}::uuid[], ${of(({ request }) => request.shop.id)}::uuid[],
          ${of(({ number }) => number)}::text[], ${of(({ currency }) => currency)}::text[],
          ${of(({ totalMinor }) => totalMinor)}::bigint[],
          ${of(({ request }) => request.locale)}::text[],
          ${of(({ request }) => request.customerRef)}::text[]
        ) AS u (id, shop_id, number, currency, total_minor, locale, customer_ref)
      ) AS o ORDER BY id
      RETURNING id, placed_at, expires_at
    ), new_lines AS (
      INSERT INTO order_lines (order_id, position, sku, written_sku, name, quantity, unit_price_minor)
      SELECT * FROM unnest(
        ${lines.map(({ id }) => id)}::uuid[], ${lines.map(({ position }) => position)}::integer[],
        ${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ writtenSku }) => writtenSku)}::text[],
        ${lines.map(({ name }) => name)}::text[], ${lines.map(({ quantity }) => quantity)}::integer[],
        ${lines.map(({ unitPriceMinor }) => unitPriceMinor)}::bigint[]
      )
    ), new_adjustments AS (
      INSERT INTO order_adjustments (order_id, position, kind, name, amount_minor)
      SELECT * FROM unnest(
        ${adjustments.map(({ id }) => id)}::uuid[],
        ${adjustments.map(({ position }) => position)}::integer[],
        ${adjustments.map(({ kind }) => kind)}::text[],
        ${adjustments.map(({ name }) => name)}::text[],
        ${adjustments.map(({ amountMinor }) => amountMinor)}::bigint[]
      )
    ), new_contacts AS (
      INSERT INTO order_contacts (order_id, key_id, sealed, email_hash, phone_hash)
      SELECT * FROM unnest(
        ${of(({ id }) => id)}::uuid[], ${of(({ request }) => request.contact.keyId)}::text[],
        ${of(({ request }) => request.contact.sealed)}::bytea[],
        ${of(({ request }) => request.contact.emailHash)}::bytea[],
        ${of(({ request }) => request.contact.phoneHash)}::bytea[]
      )
    ), new_events AS (
      INSERT INTO order_events (order_id, seq, event, from_status, to_status, actor)
      SELECT id, seq, event, from_status, to_status, actor
      FROM unnest(
        ${of(({ id }) => id)}::uuid[], ${of(({ request }) => request.actor)}::text[]
      ) AS u (id, actor)
      CROSS JOIN (VALUES
        (1, 'placed', NULL, ${transitions.placed.to}),
        (2, 'checked_out', ${transitions.placed.to}, ${transitions.checked_out.to})
      ) AS first_two (seq, event, from_status, to_status)
      ORDER BY id, seq
    )
    SELECT placed_at AS "placedAt", expires_at AS "expiresAt" FROM new_orders LIMIT 1`.execute(trx);
  return rows[0] ?? { placedAt: new Date(0), expiresAt: new Date(0) };
}
