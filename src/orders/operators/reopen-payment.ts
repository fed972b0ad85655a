import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { closeMissing, openPayments } from "../../payments/attempts.ts";
import { liveStatuses, type PaymentStatus } from "../../payments/lifecycle.ts";
import type { Advanced } from "../advance.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockPayable, note } from "./lock-order.ts";

/** `missing`: Stripe was asked for the newest intent just now, and does not know it. */
export type Reopening = ActOn & { observed: "missing" | null };

/**
 * Gives an order that can be paid a new attempt where the newest is dead; where one is alive
 * nothing is to do, and `opened` is false.
 */
export async function reopenPayment(
  trx: Trx,
  settings: Settings,
  { orderId, observed, actor }: Reopening,
): Promise<{ opened: boolean } & Advanced> {
  const order = await lockPayable(trx, orderId, "a new payment can be opened");
  const { rows } = await sql<{ id: string; status: PaymentStatus; intentId: string | null }>`
    SELECT id, status, intent_id AS "intentId" FROM payments WHERE order_id = ${orderId}::uuid
    ORDER BY attempt DESC LIMIT 1 FOR NO KEY UPDATE`.execute(trx);
  const [newest] = rows;
  if (newest && liveStatuses.includes(newest.status)) {
    if (observed !== "missing" || newest.intentId === null) {
      return { opened: false, moved: [], hints: [] };
    }
    await closeMissing(trx, newest.id);
  }
  await remark(trx, [{ orderId, event: "payment_reopened" }], actor);
  const hints = await openPayments(trx, [order], settings);
  return { opened: true, moved: [], hints, noted: note(order, "payment_reopened") };
}
