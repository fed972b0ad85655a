import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";

/**
 * Locks the orders that rows belong to. Whoever changes an order's money takes this lock first,
 * then its payments, then their refunds: nobody meets another one on the way.
 */
export async function lockOrdersOf(
  trx: Trx,
  table: "payments" | "refunds",
  ids: readonly string[],
): Promise<void> {
  await sql`
    SELECT id FROM orders
    WHERE id IN (SELECT order_id FROM ${sql.table(table)} WHERE id = ANY(${ids}::uuid[]))
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
}
