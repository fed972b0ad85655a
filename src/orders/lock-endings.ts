import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import { mainLocation } from "../inventory/reserve.ts";

/**
 * Locks all that ending these orders touches, and all that holding the others' goods anew does,
 * table by table in the one lock order: for those who move several orders in more than one step.
 * Their steps would else take the stock's rows in the steps' order, and two of them could wait for
 * each other in a circle. The caller holds the orders' locks.
 */
export async function lockEndings(
  trx: Trx,
  orderIds: readonly string[],
  revivedIds: readonly string[] = [],
): Promise<void> {
  if (orderIds.length + revivedIds.length === 0) return;
  await sql`
    SELECT id FROM payments WHERE order_id = ANY(${orderIds}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  await sql`
    SELECT id FROM holds WHERE order_id = ANY(${orderIds}::uuid[]) AND status <> 'released'
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  await sql`
    SELECT sku FROM stock WHERE (sku, location) IN (
      SELECT sku, location FROM holds
      WHERE order_id = ANY(${orderIds}::uuid[]) AND status <> 'released'
      UNION SELECT sku, ${mainLocation} FROM order_lines
      WHERE order_id = ANY(${revivedIds}::uuid[])
    )
    ORDER BY sku, location FOR NO KEY UPDATE`.execute(trx);
}
