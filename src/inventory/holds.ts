import { type RawBuilder, sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { holdTransitions } from "./lifecycle.ts";
import { moveCounters } from "./move-counters.ts";

/**
 * Marks the orders' holds as sold. The stock's counters stay: the goods are still here. The caller
 * holds the orders' locks, without which nobody changes a hold: they need no locks of their own.
 */
export async function sellHolds(trx: Trx, orderIds: readonly string[]): Promise<void> {
  const { from, to } = holdTransitions.sell;
  await sql`
    UPDATE holds SET status = ${to}, changed_at = now()
    WHERE order_id = ANY(${orderIds}::uuid[]) AND status = ANY(${from}::text[])`.execute(trx);
}

/** Gives the orders' stock back: each live hold once, with its movement. */
export function releaseHolds(trx: Trx, orderIds: readonly string[], actor: string): Promise<void> {
  return release(trx, sql`order_id = ANY(${orderIds}::uuid[])`, actor);
}

/** The same for some of an order's holds, where it keeps others. */
export function releaseSome(trx: Trx, holdIds: readonly string[], actor: string): Promise<void> {
  return release(trx, sql`id = ANY(${holdIds}::uuid[])`, actor);
}

async function release(trx: Trx, which: RawBuilder<unknown>, actor: string): Promise<void> {
  const { from, to } = holdTransitions.release;
  const { rows } = await sql<{ sku: string; location: string; quantity: number }>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM holds WHERE ${which} AND status = ANY(${from}::text[])
      ORDER BY id FOR NO KEY UPDATE
    ), released AS (
      UPDATE holds SET status = ${to}, changed_at = now()
      FROM locked WHERE holds.id = locked.id
      RETURNING holds.id, sku, location, quantity
    ), written AS (
      INSERT INTO stock_movements (sku, location, kind, reserved_delta, hold_id, actor)
      SELECT sku, location, 'release', -quantity, id, ${actor} FROM released
    )
    SELECT sku, location, sum(quantity)::bigint AS quantity
    FROM released GROUP BY 1, 2`.execute(trx);
  await moveCounters(
    trx,
    rows.map(({ quantity, ...place }) => ({ ...place, onHand: 0, reserved: -quantity })),
  );
}
