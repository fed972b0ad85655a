import { sql } from "kysely";
import { nowAsText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";

/** An intent whose refunds or disputes are to be listed, and PostgreSQL's time before that. */
export type Look = { paymentId: string; intentId: string; observedAt: string };

/** Answers what to look at for each payment; null where Stripe was never asked for it. */
export async function planLooks(db: Db, paymentIds: readonly string[]): Promise<(Look | null)[]> {
  const { rows } = await sql<Look>`
    SELECT id AS "paymentId", intent_id AS "intentId", ${nowAsText} AS "observedAt"
    FROM payments WHERE id = ANY(${paymentIds}::uuid[]) AND intent_id IS NOT NULL`.execute(db);
  const byId = new Map(rows.map((row) => [row.paymentId, row]));
  return paymentIds.map((id) => byId.get(id) ?? null);
}

/** The payment that a refund or a dispute belongs to, or null. */
export async function paymentOf(
  db: Db,
  table: "refunds" | "disputes",
  id: string,
): Promise<string | null> {
  const { rows } = await sql<{ paymentId: string }>`
    SELECT payment_id AS "paymentId" FROM ${sql.table(table)} WHERE id = ${id}`.execute(db);
  return rows[0]?.paymentId ?? null;
}

/** A payment that is still open at Stripe though its order has ended, or null. */
export async function findLeftOpen(
  db: Db,
  paymentId: string,
): Promise<(Look & { tryNumber: number }) | null> {
  const { rows } = await sql<Look & { tryNumber: number }>`
    SELECT payments.id AS "paymentId", intent_id AS "intentId", ${nowAsText} AS "observedAt",
      payments.round + 1 AS "tryNumber"
    FROM payments JOIN orders ON orders.id = order_id
    WHERE payments.id = ${paymentId} AND intent_id IS NOT NULL AND payments.due_at IS NOT NULL
      AND orders.status <> 'awaiting_payment'`.execute(db);
  return rows[0] ?? null;
}
