import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { dueAfter } from "../order-clock.ts";
import { remark } from "../remark.ts";
import type { Difference } from "./difference.ts";
import type { Goods } from "./write-goods.ts";

/** Why an order stays as it was. */
export type EditRefusal = "paid" | "payment_processing" | "payment_under_review" | "over";

export type PendingEdit = { orderId: string; goods: Goods; difference: Difference; actor: string };

/** Puts down what an order is to become as soon as nobody can pay it any more. */
export async function waitWithEdit(trx: Trx, edit: PendingEdit): Promise<void> {
  await sql`
    INSERT INTO order_edits (order_id, goods, difference, actor)
    VALUES (${edit.orderId}, ${JSON.stringify(edit.goods)}, ${JSON.stringify(edit.difference)},
      ${edit.actor})`.execute(trx);
}

/**
 * Leaves orders as they are, and says why in their history. One that awaits payment can be paid
 * again. The caller holds the orders' locks.
 */
export async function refuseEdits(
  trx: Trx,
  settings: Settings,
  refusals: readonly { orderId: string; because: EditRefusal }[],
): Promise<void> {
  const ids = refusals.map(({ orderId }) => orderId);
  const edits = await takeEdits(trx, ids);
  if (edits.length === 0) return;
  await sql`
    UPDATE orders SET closing = NULL, due_at = ${dueAfter(sql`expires_at`, settings)},
      round = 0, sweeps = 0, last_error = NULL
    WHERE id = ANY(${ids}::uuid[]) AND status = 'awaiting_payment' AND closing = 'edited'
  `.execute(trx);
  const causes = new Map(refusals.map(({ orderId, because }) => [orderId, because]));
  for (const { orderId, actor, difference } of edits) {
    const detail = { because: causes.get(orderId), ...difference };
    await remark(trx, [{ orderId, event: "edit_refused", detail }], actor);
  }
}

/** Takes them off the table: whoever has them applies or refuses them. */
export async function takeEdits(trx: Trx, orderIds: readonly string[]): Promise<PendingEdit[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql<PendingEdit>`
    WITH taken AS (
      DELETE FROM order_edits WHERE order_id = ANY(${orderIds}::uuid[]) RETURNING *
    )
    SELECT order_id AS "orderId", goods, difference, actor FROM taken ORDER BY 1`.execute(trx);
  return rows;
}
