import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockOrder } from "./lock-order.ts";

/** Puts on record that a person has dealt with all that happened to an order until now. */
export async function settleOrder(trx: Trx, { orderId, actor }: ActOn): Promise<void> {
  await lockOrder(trx, orderId);
  const { rows } = await sql<{ attention: string | null }>`
    UPDATE orders SET attention = NULL, settled_at = now()
    FROM (SELECT id, attention FROM orders WHERE id = ${orderId}::uuid) AS before
    WHERE orders.id = before.id RETURNING before.attention`.execute(trx);
  const detail = { attention: rows[0]?.attention ?? null };
  await remark(trx, [{ orderId, event: "settled", detail }], actor);
}
