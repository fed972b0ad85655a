import { sql } from "kysely";
import type { Settings } from "../config.ts";
import type { Db } from "../db/connect.ts";
import { isPayable } from "./inbox.ts";

/** A row whose job comes back in so many seconds: a payment, or an event that speaks of one. */
type Ahead = { id: string; seconds: number };

const paymentsAhead = {
  // What starts a payment, or cancels it, learns nothing of its events.
  payments: sql`SELECT payments.id AS payment_id, seconds FROM payments JOIN ahead
    ON payments.id = ahead.id::uuid WHERE status <> 'created' AND ${isPayable}`,
  webhook_events: sql`SELECT payment_id, max(seconds) AS seconds FROM webhook_events JOIN ahead
    USING (id) WHERE topic = 'intent' AND payment_id IS NOT NULL GROUP BY 1`,
};

/**
 * Lets the other waiting events of these payments wait a lease longer than the job that is to look
 * at the intent: it settles them all, and if it is lost they are its understudies. Each by itself
 * they would stand in Stripe's line for the same look, and their places would go unused.
 */
export async function waitBehind(
  db: Db,
  settings: Pick<Settings, "LEASE_SECONDS">,
  table: keyof typeof paymentsAhead,
  ahead: readonly Ahead[],
): Promise<void> {
  await sql`
    WITH ahead AS (
      SELECT * FROM unnest(
        ${ahead.map(({ id }) => id)}::text[], ${ahead.map(({ seconds }) => seconds)}::float8[]
      ) AS a (id, seconds)
    ), payments_ahead AS (${paymentsAhead[table]}),
    locked AS MATERIALIZED (
      SELECT id, seconds FROM webhook_events JOIN payments_ahead USING (payment_id)
      WHERE status IN ('received', 'unmatched') AND topic = 'intent'
        -- One that was told to wait by itself keeps its time.
        AND last_error IS NULL
      ORDER BY id FOR NO KEY UPDATE OF webhook_events
    )
    UPDATE webhook_events SET sweeps = 0,
      due_at = now() + make_interval(secs => locked.seconds + ${settings.LEASE_SECONDS})
    FROM locked WHERE webhook_events.id = locked.id`.execute(db);
}
