import { sql } from "kysely";
import type { Trx } from "../../db/transaction.ts";
import { moneyIsFlagged } from "../attention.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockOrder } from "./lock-order.ts";

/** What a person has dealt with, and how. */
type Dealing = ActOn & {
  /** The diagnoses that are no problem any more by it. */
  dismissed?: readonly string[];
  /** How money that was owed to the customer went back, where it was not through Aurora. */
  returned?: string | undefined;
};

type Before = { attention: string | null; isOfMoney: boolean; captured: string[] };

/**
 * Puts on record that a person has dealt with all that happened to an order until now. Where that
 * was about its money, its payments are named: those, and none that come later, were looked at.
 */
export async function settleOrder(trx: Trx, dealing: Dealing): Promise<void> {
  const { orderId, actor, dismissed = [], returned } = dealing;
  await lockOrder(trx, orderId);
  const { rows } = await sql<Before>`
    SELECT attention, ${moneyIsFlagged} AS "isOfMoney",
      ARRAY(SELECT id::text FROM payments WHERE order_id = orders.id AND status = 'captured'
        ORDER BY attempt) AS captured
    FROM orders WHERE id = ${orderId}::uuid`.execute(trx);
  const { attention = null, isOfMoney = false, captured = [] } = rows[0] ?? {};
  await sql`UPDATE orders SET attention = NULL, settled_at = now()
    WHERE id = ${orderId}::uuid`.execute(trx);
  const payments = isOfMoney || returned !== undefined ? captured : [];
  const detail = { attention, dismissed, payments, ...(returned ? { returned } : {}) };
  await remark(trx, [{ orderId, event: "settled", detail }], actor);
}
