import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { moveCounters } from "./move-counters.ts";
import { mainLocation } from "./reserve.ts";

/** Goods of one return that are for sale again; each product may stand in it once. */
export type Restocked = { returnId: string; sku: string; quantity: number };

/** Puts goods that came back on the shelf. Nobody holds them: they are free for others. */
export async function bringBack(
  trx: Trx,
  goods: readonly Restocked[],
  actor: string,
): Promise<void> {
  if (goods.length === 0) return;
  await sql`
    INSERT INTO stock_movements (sku, location, kind, on_hand_delta, return_id, actor)
    SELECT sku, ${mainLocation}, 'return', quantity, return_id, ${actor}
    FROM unnest(
      ${goods.map(({ returnId }) => returnId)}::uuid[],
      ${goods.map(({ sku }) => sku)}::text[],
      ${goods.map(({ quantity }) => quantity)}::bigint[]
    ) AS back (return_id, sku, quantity) ORDER BY return_id, sku`.execute(trx);
  const bySku = new Map<string, number>();
  for (const { sku, quantity } of goods) bySku.set(sku, (bySku.get(sku) ?? 0) + quantity);
  await moveCounters(
    trx,
    [...bySku].map(([sku, onHand]) => ({ sku, location: mainLocation, onHand, reserved: 0 })),
  );
}
