import { sql } from "kysely";
import { nowAsText } from "../../db/clock.ts";
import type { Db } from "../../db/connect.ts";
import { isOwnPayment } from "../../db/own-rows.ts";
import { standsInLine } from "../../payments/inbox.ts";
import type { EventTopic } from "../../payments/lifecycle.ts";

/** What is to be read at Stripe for a payment. */
export type Sync = Todo & {
  /** Its next look stands in Stripe's line already. */
  inLine?: boolean;
};

type Todo =
  /**
   * `heard`: it was an event that spoke of this intent. `stray`: the payment has another one of
   * its own; look again after it.
   */
  | { todo: "read"; intentId: string; heard: boolean; stray: boolean; observedAt: string }
  | { todo: "settle"; intentId: string; observedAt: string }
  | { todo: "nothing"; because: string };

type Row = {
  id: string;
  status: string;
  intentId: string | null;
  /** Another intent that waiting events speak of, or the payment's own, still unknown here. */
  heardOf: string | null;
  inLine: boolean;
  observedAt: string;
};

/**
 * Answers what to read for each payment. Of one that is captured nothing is left to learn from
 * this kind of event: `settle` says so.
 */
export async function planSyncs(db: Db, paymentIds: readonly string[]): Promise<Sync[]> {
  const { rows } = await sql<Row>`
    SELECT id, status, intent_id AS "intentId", (
        SELECT intent_id FROM webhook_events
        WHERE payment_id = payments.id AND status IN ('received', 'unmatched')
          AND topic = 'intent' AND intent_id IS DISTINCT FROM payments.intent_id LIMIT 1
      ) AS "heardOf", coalesce(${standsInLine}, false) AS "inLine", ${nowAsText} AS "observedAt"
    FROM payments WHERE id = ANY(${paymentIds}::uuid[])`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return paymentIds.map((id) => {
    const row = byId.get(id);
    return { ...todoOf(row), inLine: row?.inLine ?? false };
  });
}

function todoOf(row: Row | undefined): Todo {
  if (!row) return { todo: "nothing", because: "no such payment" };
  const { status, intentId, heardOf, observedAt } = row;
  if (heardOf !== null) {
    return { todo: "read", intentId: heardOf, heard: true, stray: intentId !== null, observedAt };
  }
  if (status === "captured" && intentId) return { todo: "settle", intentId, observedAt };
  if (intentId === null) return { todo: "nothing", because: "Stripe was never asked" };
  return { todo: "read", intentId, heard: false, stray: false, observedAt };
}

/** The payment that an event is about, and what of it is to be looked at. */
export type MatchedEvent = { paymentId: string; topic: EventTopic };

/** Finds the payments of waiting events: by what the event says, now that it may be known. */
export async function matchEvents(
  db: Db,
  eventIds: readonly string[],
): Promise<Map<string, MatchedEvent>> {
  const { rows } = await sql<{ id: string; payment_id: string; topic: EventTopic }>`
    WITH locked AS MATERIALIZED (
      SELECT id, coalesce(payment_id,
        (SELECT id FROM payments WHERE intent_id = webhook_events.intent_id AND ${isOwnPayment})
      ) AS payment_id
      FROM webhook_events
      WHERE id = ANY(${eventIds}::text[]) AND status IN ('received', 'unmatched')
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE webhook_events SET payment_id = locked.payment_id,
      status = CASE WHEN locked.payment_id IS NULL THEN status ELSE 'received' END
    FROM locked WHERE webhook_events.id = locked.id
    RETURNING webhook_events.id, webhook_events.payment_id, topic`.execute(db);
  return new Map(
    rows.flatMap(({ id, payment_id: paymentId, topic }) =>
      paymentId ? [[id, { paymentId, topic }]] : [],
    ),
  );
}
