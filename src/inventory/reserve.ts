import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Trx } from "../db/transaction.ts";

/** The one location so far; the column is there for more. */
export const mainLocation = "main";

/** What an order wants to hold: its lines summed per sku, so that a sku stands here once. */
export type Demand = { orderId: string; goods: readonly { sku: string; quantity: number }[] };

export type Shortage = { sku: string; requested: number; available: number };

export type Reservation = {
  held: string[];
  short: { orderId: string; shortages: Shortage[] }[];
};

/**
 * Holds stock for many orders in one go: all of an order's goods or none.
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
  const skus = new Set(demands.flatMap(({ goods }) => goods.map(({ sku }) => sku)));
  const available = await lockAvailable(trx, [...skus]);
  const { reservation, taken } = decide(demands, available);
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

function decide(
  demands: readonly Demand[],
  available: Map<string, number>,
): { reservation: Reservation; taken: Taken[] } {
  const reservation: Reservation = { held: [], short: [] };
  const taken: Taken[] = [];
  for (const { orderId, goods } of demands) {
    const shortages = goods
      .map(({ sku, quantity }) => ({
        sku,
        requested: quantity,
        available: available.get(sku) ?? 0,
      }))
      .filter(({ requested, available: left }) => left < requested);
    if (shortages.length > 0) {
      reservation.short.push({ orderId, shortages });
      continue;
    }
    reservation.held.push(orderId);
    for (const { sku, quantity } of goods) {
      available.set(sku, (available.get(sku) ?? 0) - quantity);
      taken.push({ orderId, sku, quantity });
    }
  }
  return { reservation, taken };
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
