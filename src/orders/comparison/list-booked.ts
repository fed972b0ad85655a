import { sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import { isOwnPayment } from "../../db/own-rows.ts";
import type { Span } from "../../payments/gateway.ts";

/** Something that our books say stands at Stripe. */
export type Booked = {
  objectId: string;
  intentId: string;
  paymentId: string;
  orderId: string;
  status: string;
  amountMinor: number;
  /** Where a list goes on. */
  at: string;
};
export type BookedKind = "intents" | "refunds" | "disputes";

const pageSize = 1_000;
/** A row stands a little before its object, and Stripe's clock is not ours. */
const marginSeconds = 60;

const sources = {
  intents: sql`SELECT intent_id AS object_id, payments.id AS payment_id, status, amount_minor,
    created_at FROM payments`,
  refunds: sql`SELECT stripe_id AS object_id, payment_id, status, amount_minor, created_at
    FROM refunds`,
  disputes: sql`SELECT id AS object_id, payment_id, status, amount_minor, opened_at AS created_at
    FROM disputes`,
} as const;

/**
 * Walks what we booked in a span of time, oldest first, page by page. What is known to be missing
 * at Stripe is looked for by its break, each hour, and is left out: were it read in each
 * comparison too, many such objects would keep all younger ones from ever being reached.
 */
export async function* listBooked(
  db: Db,
  kind: BookedKind,
  { since, until }: Span,
): AsyncIterable<Booked[]> {
  let after = { at: since.toISOString(), objectId: "" };
  for (;;) {
    const { rows } = await sql<Booked>`
      SELECT object_id AS "objectId", payments.intent_id AS "intentId",
        payments.id AS "paymentId", payments.order_id AS "orderId", booked.status,
        booked.amount_minor AS "amountMinor", booked.created_at::text AS at
      FROM (${sources[kind]}) AS booked JOIN payments ON payments.id = payment_id
      WHERE object_id IS NOT NULL AND payments.intent_id IS NOT NULL AND ${isOwnPayment}
        AND booked.created_at >= ${since}::timestamptz + make_interval(secs => ${marginSeconds})
        AND booked.created_at < ${until}::timestamptz - make_interval(secs => ${marginSeconds})
        AND NOT EXISTS (
          SELECT FROM breaks WHERE breaks.object_id = booked.object_id
            AND fault = 'unknown_at_stripe' AND breaks.status = 'open'
        )
        AND (booked.created_at, object_id COLLATE "C")
          > (${after.at}::timestamptz, ${after.objectId})
      ORDER BY booked.created_at, object_id COLLATE "C" LIMIT ${pageSize}`.execute(db);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    after = last;
  }
}
