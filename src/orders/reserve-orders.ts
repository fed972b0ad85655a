import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { type Demand, type Held, reserveStock } from "../inventory/reserve.ts";
import { type Advanced, advance, together } from "./advance.ts";
import { lockEndings } from "./lock-endings.ts";

/**
 * Reserves stock for checked-out orders, each all or nothing: it then awaits payment or is
 * rejected with what was short. Orders that are past their time, or no longer waiting, are
 * left to others.
 */
export async function reserveOrders(
  trx: Trx,
  settings: Settings,
  orderIds: readonly string[],
): Promise<Advanced> {
  const actor = "reservation";
  const { fresh, stale, holding } = await lockWaiting(trx, orderIds);
  if (holding.length > 0) await lockEndings(trx, holding, fresh);
  const demands = await readDemands(trx, fresh);
  const known = await readHeld(trx, holding);
  const { held, short } = await reserveStock(
    trx,
    demands.map((demand) => ({ ...demand, held: known.get(demand.orderId) ?? [] })),
    actor,
  );

  const reserved = await advance(trx, settings, "stock_reserved", moves(held), actor);
  const refused = await advance(
    trx,
    settings,
    "stock_refused",
    short.map(({ orderId, shortages }) => ({ orderId, detail: { shortages } })),
    actor,
  );
  const expired = await advance(trx, settings, "draft_expired", moves(stale), actor);
  return together(reserved, refused, expired);
}

/** Ends drafts and stuck reservations whose time is over. */
export async function endDrafts(
  trx: Trx,
  settings: Settings,
  orderIds: readonly string[],
): Promise<Advanced> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM orders
    WHERE id = ANY(${orderIds}::uuid[]) AND status IN ('draft', 'reserving')
      AND expires_at <= now()
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const ended = rows.map(({ id }) => id);
  return advance(trx, settings, "draft_expired", moves(ended), "clock");
}

/** How many lines each order has: what it weighs in a batch. */
export async function countLines(db: Db, orderIds: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{ lines: number }>`
    SELECT (SELECT count(*) FROM order_lines WHERE order_id = wanted.id) AS lines
    FROM unnest(${orderIds}::uuid[]) WITH ORDINALITY AS wanted (id, nr) ORDER BY nr`.execute(db);
  return rows.map(({ lines }) => lines);
}

async function lockWaiting(
  trx: Trx,
  orderIds: readonly string[],
): Promise<{ fresh: string[]; stale: string[]; holding: string[] }> {
  const { rows } = await sql<{ id: string; stale: boolean; holding: boolean }>`
    SELECT id, expires_at <= now() AS stale, held_at IS NOT NULL AS holding FROM orders
    WHERE id = ANY(${orderIds}::uuid[]) AND status = 'reserving'
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const ids = (wanted: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(wanted).map(({ id }) => id);
  return {
    fresh: ids(({ stale }) => !stale),
    stale: ids(({ stale }) => stale),
    // Edited after they held their goods once.
    holding: ids(({ holding }) => holding),
  };
}

/** What orders hold that is not sold, by the order's id. The caller holds their locks. */
export async function readHeld(
  trx: Trx,
  orderIds: readonly string[],
): Promise<Map<string, Held[]>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await sql<Held & { orderId: string }>`
    SELECT id AS "holdId", order_id AS "orderId", sku, quantity FROM holds
    WHERE order_id = ANY(${orderIds}::uuid[]) AND status = 'held' ORDER BY id`.execute(trx);
  return Map.groupBy(rows, ({ orderId }) => orderId);
}

/** What each order asks for: its lines summed per sku. Earlier orders come first. */
export async function readDemands(trx: Trx, orderIds: readonly string[]): Promise<Demand[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<Demand>`
    SELECT order_id AS "orderId",
      json_agg(json_build_object('sku', sku, 'quantity', quantity) ORDER BY sku) AS goods
    FROM (
      SELECT order_id, sku, sum(quantity)::bigint AS quantity FROM order_lines
      WHERE order_id = ANY(${orderIds}::uuid[]) GROUP BY 1, 2
    ) AS wanted
    GROUP BY order_id ORDER BY order_id`.execute(trx);
  return rows;
}

function moves(orderIds: readonly string[]): { orderId: string }[] {
  return orderIds.map((orderId) => ({ orderId }));
}
