import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";

/** How far a product's counters move at a location; each place may stand here once. */
export type CounterMove = { sku: string; location: string; onHand: number; reserved: number };

/**
 * Moves the counters of stock with the movements that were written just before. A statement of its
 * own, because the stock's rows come after the holds in the lock order.
 */
export async function moveCounters(trx: Trx, moves: readonly CounterMove[]): Promise<void> {
  if (moves.length === 0) return;
  await sql`
    WITH moved AS (
      SELECT * FROM unnest(
        ${moves.map(({ sku }) => sku)}::text[],
        ${moves.map(({ location }) => location)}::text[],
        ${moves.map(({ onHand }) => onHand)}::bigint[],
        ${moves.map(({ reserved }) => reserved)}::bigint[]
      ) AS m (sku, location, on_hand, reserved)
    ), locked AS MATERIALIZED (
      SELECT stock.sku, stock.location, moved.on_hand, moved.reserved
      FROM stock JOIN moved ON moved.sku = stock.sku AND moved.location = stock.location
      ORDER BY stock.sku, stock.location FOR NO KEY UPDATE OF stock
    )
    UPDATE stock SET on_hand = stock.on_hand + locked.on_hand,
      reserved = stock.reserved + locked.reserved
    FROM locked WHERE stock.sku = locked.sku AND stock.location = locked.location`.execute(trx);
}
