import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";

/** The intent of something that a break is about, and the payment of ours that has it. */
export type BreakPlace = { intentId: string; paymentId: string | null };

/**
 * Where a refund or a dispute belongs: by our own rows, else by what Stripe said of it when the
 * break was found.
 */
export async function findPaymentOf(db: Db, objectId: string): Promise<BreakPlace | null> {
  const { rows } = await sql<BreakPlace>`
    SELECT i.id AS "intentId", payments.id AS "paymentId"
    FROM (
      SELECT coalesce(
        (SELECT intent_id FROM refunds JOIN payments ON payments.id = payment_id
          WHERE stripe_id = ${objectId}),
        (SELECT intent_id FROM disputes JOIN payments ON payments.id = payment_id
          WHERE disputes.id = ${objectId}),
        (SELECT theirs ->> 'intentId' FROM breaks
          WHERE object_id = ${objectId} AND status = 'open' AND theirs ? 'intentId' LIMIT 1)
      ) AS id
    ) AS i LEFT JOIN payments ON payments.intent_id = i.id
    WHERE i.id IS NOT NULL`.execute(db);
  return rows[0] ?? null;
}
