import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";

/** As long as Stripe itself goes on delivering what is not acknowledged. */
const patienceDays = 3;

export const whyGivenUp = {
  unmatched: `No payment of ours fitted this event within ${patienceDays} days.`,
  missing: "Stripe has no such intent, and it is not the one of our payment.",
} as const;

/**
 * Parks an event that bears our stamp and fits no payment: it is tried again by its clock, since
 * the payment may be restored, or adopted by the comparison. After three days it is abandoned.
 * Answers how it stands, or null when there is nothing to park.
 */
export async function parkEvent(
  db: Db,
  eventId: string,
): Promise<"unmatched" | "abandoned" | null> {
  const { rows } = await sql<{ status: "unmatched" | "abandoned" }>`
    WITH locked AS MATERIALIZED (
      SELECT id, received_at < now() - make_interval(days => ${patienceDays}) AS is_over
      FROM webhook_events
      WHERE id = ${eventId} AND status IN ('received', 'unmatched') AND payment_id IS NULL
      FOR NO KEY UPDATE
    )
    UPDATE webhook_events SET status = CASE WHEN is_over THEN 'abandoned' ELSE 'unmatched' END,
      settled_at = CASE WHEN is_over THEN now() END,
      due_at = CASE WHEN NOT is_over THEN due_at END,
      last_error = CASE WHEN is_over THEN ${whyGivenUp.unmatched} ELSE last_error END
    FROM locked WHERE webhook_events.id = locked.id
    RETURNING status`.execute(db);
  return rows[0]?.status ?? null;
}

/**
 * Gives up events that put an intent of nobody's beside our payment: as long as they waited,
 * that intent would be asked for in place of the payment's own. Answers their ids.
 */
export async function abandonStrays(
  db: Db,
  paymentId: string,
  intentId: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM webhook_events
      WHERE payment_id = ${paymentId} AND intent_id = ${intentId} AND status = 'received'
        AND NOT EXISTS (SELECT FROM payments WHERE id = ${paymentId} AND intent_id = ${intentId})
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE webhook_events SET status = 'abandoned', settled_at = now(), due_at = NULL,
      last_error = ${whyGivenUp.missing}
    FROM locked WHERE webhook_events.id = locked.id
    RETURNING webhook_events.id`.execute(db);
  return rows.map(({ id }) => id);
}
