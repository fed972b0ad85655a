import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Trx } from "../db/transaction.ts";
import { releaseSome } from "./holds.ts";

/** The one location so far; the column is there for more. */
export const mainLocation = "main";

/** What an order wants to hold: its lines summed per sku, so that a sku stands here once. */
export type Demand = {
  orderId: string;
  goods: readonly { sku: string; quantity: number }[];
  /** What it holds from before it was changed, a sku once. */
  held?: readonly Held[];
};

export type Held = { holdId: string; sku: string; quantity: number };

export type Shortage = { sku: string; requested: number; available: number };

export type Reservation = {
  held: string[];
  short: { orderId: string; shortages: Shortage[] }[];
};

/**
 * Holds stock for many orders in one go: all of an order's goods or none. What an order holds
 * already it keeps as far as it wants it; one that does not fit gives that back, too.
 *
 * Orders are served in the order given. One that does not fit takes nothing, so that a later,
 * smaller one in the same batch may still fit.
 */
export async function reserveStock(
  trx: Trx,
  demands: readonly Demand[],
  actor: string,
): Promise<Reservation> {
  if (demands.length === 0) return { held: [], short: [] };
  const skus = new Set(
    demands.flatMap(({ goods, held = [] }) => [...goods, ...held].map(({ sku }) => sku)),
  );
  const available = await lockAvailable(trx, [...skus]);
  const { reservation, taken, given } = decide(demands, available);
  if (given.length > 0) await releaseSome(trx, given, actor);
  if (taken.length > 0) await writeHolds(trx, taken, actor);
  return reservation;
}

/** Available per sku, with the rows locked in key order until the transaction ends. */
async function lockAvailable(trx: Trx, skus: string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ sku: string; available: number }>`
    SELECT sku, greatest(on_hand - reserved - safety, 0) AS available FROM stock
    WHERE sku = ANY(${skus}::text[]) AND location = ${mainLocation}
    ORDER BY sku, location FOR NO KEY UPDATE`.execute(trx);
  return new Map(rows.map((row) => [row.sku, row.available]));
}

type Taken = { orderId: string; sku: string; quantity: number };

type Decision = { reservation: Reservation; taken: Taken[]; given: string[] };

function decide(demands: readonly Demand[], available: Map<string, number>): Decision {
  const decision: Decision = { reservation: { held: [], short: [] }, taken: [], given: [] };
  const { reservation, taken, given } = decision;
  const take = (sku: string, quantity: number) =>
    available.set(sku, (available.get(sku) ?? 0) - quantity);
  for (const { orderId, goods, held = [] } of demands) {
    // As if it held nothing; whose quantity is the same as before then keeps its row.
    for (const { sku, quantity } of held) take(sku, -quantity);
    const shortages = goods
      .map(({ sku, quantity }) => ({
        ...{ sku, requested: quantity, available: available.get(sku) ?? 0 },
      }))
      .filter(({ requested, available: left }) => left < requested);
    const wanted = new Map(goods.map(({ sku, quantity }) => [sku, quantity]));
    const isKept = ({ sku, quantity }: Held) => wanted.get(sku) === quantity;
    if (shortages.length > 0) {
      reservation.short.push({ orderId, shortages });
      given.push(...held.map(({ holdId }) => holdId));
      continue;
    }
    reservation.held.push(orderId);
    given.push(...held.filter((hold) => !isKept(hold)).map(({ holdId }) => holdId));
    const kept = new Set(held.filter(isKept).map(({ sku }) => sku));
    for (const { sku, quantity } of goods) {
      take(sku, quantity);
      if (!kept.has(sku)) taken.push({ orderId, sku, quantity });
    }
  }
  return decision;
}

async function writeHolds(trx: Trx, taken: readonly Taken[], actor: string): Promise<void> {
  await sql`
    WITH taken AS (
      SELECT * FROM unnest(
        ${taken.map(() => uuidv7())}::uuid[],
        ${taken.map(({ orderId }) => orderId)}::uuid[],
        ${taken.map(({ sku }) => sku)}::text[],
        ${taken.map(({ quantity }) => quantity)}::bigint[]
      ) AS t (id, order_id, sku, quantity)
    ), held AS (
      INSERT INTO holds (id, order_id, sku, location, quantity)
      SELECT id, order_id, sku, ${mainLocation}, quantity FROM taken ORDER BY order_id, sku
    ), written AS (
      INSERT INTO stock_movements (sku, location, kind, reserved_delta, hold_id, actor)
      SELECT sku, ${mainLocation}, 'reserve', quantity, id, ${actor} FROM taken ORDER BY sku
    )
    UPDATE stock SET reserved = reserved + sums.quantity
    FROM (SELECT sku, sum(quantity)::bigint AS quantity FROM taken GROUP BY sku) AS sums
    WHERE stock.sku = sums.sku AND stock.location = ${mainLocation}`.execute(trx);
}
