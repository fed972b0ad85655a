import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { Trx } from "../../db/transaction.ts";
import type { EventTopic } from "../../payments/lifecycle.ts";

/** Which intent was looked at for a payment, and when. */
export type SeenIntent = { paymentId: string; intentId: string; observedAt: string };

/**
 * Marks the inbox's events of these payments as applied, as far as they are of the topic that was
 * looked at, speak of the same intent, and were there before. Answers the payments that have
 * later ones.
 */
export async function settleEvents(
  db: Db | Trx,
  topic: EventTopic,
  seen: readonly SeenIntent[],
): Promise<Set<string>> {
  const { rows } = await sql<{ payment_id: string; settled: boolean }>`
    WITH seen AS (
      SELECT payment_id, intent_id, max(observed_at) AS observed_at FROM unnest(
        ${seen.map(({ paymentId }) => paymentId)}::uuid[],
        ${seen.map(({ intentId }) => intentId)}::text[],
        ${seen.map(({ observedAt }) => observedAt)}::timestamptz[]
      ) AS s (payment_id, intent_id, observed_at) GROUP BY 1, 2
    ), waiting AS MATERIALIZED (
      SELECT id, payment_id, received_at <= observed_at AS old
      FROM webhook_events JOIN seen USING (payment_id, intent_id)
      WHERE payment_id = ANY(${seen.map(({ paymentId }) => paymentId)}::uuid[])
        AND status IN ('received', 'unmatched') AND topic = ${topic}
      ORDER BY id FOR NO KEY UPDATE OF webhook_events
    ), settled AS (
      UPDATE webhook_events SET status = 'applied', settled_at = now(), due_at = NULL,
        last_error = NULL
      FROM waiting WHERE webhook_events.id = waiting.id AND old
    )
    SELECT DISTINCT payment_id FROM waiting WHERE NOT old`.execute(db);
  return new Set(rows.map((row) => row.payment_id));
}
