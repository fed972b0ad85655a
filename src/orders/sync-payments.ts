import { sql } from "kysely";
import { nowAsText } from "../db/clock.ts";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { settleEvents } from "./settle-events.ts";

/** What is to be read at Stripe for a payment. */
export type Sync =
  | { todo: "read"; intentId: string; observedAt: string }
  | { todo: "nothing"; because: string };

type Row = {
  id: string;
  status: string;
  rests: boolean;
  intentId: string | null;
  observedAt: string;
};

/**
 * Answers what to read for each payment. The events of one that is final need no reading:
 * they are settled here.
 */
export async function claimSyncs(trx: Trx, paymentIds: readonly string[]): Promise<Sync[]> {
  // Our own record of the intent may be behind its events: they know its id too.
  const { rows } = await sql<Row>`
    SELECT id, status, due_at IS NULL AS rests, coalesce(intent_id, (
        SELECT intent_id FROM webhook_events
        WHERE payment_id = payments.id AND status = 'received' LIMIT 1
      )) AS "intentId", ${nowAsText} AS "observedAt"
    FROM payments WHERE id = ANY(${paymentIds}::uuid[])`.execute(trx);

  // A payment that we hold for ended may have got money all the same: its events are a reason
  // to look. One that is captured has nothing left to learn from this kind of event.
  const settled = rows.filter(({ status }) => status === "captured");
  if (settled.length > 0) {
    await settleEvents(
      trx,
      settled.map(({ id, observedAt }) => ({ paymentId: id, observedAt })),
    );
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  return paymentIds.map((id) => syncOf(byId.get(id)));
}

function syncOf(row: Row | undefined): Sync {
  if (!row) return { todo: "nothing", because: "no such payment" };
  if (row.status === "captured") return { todo: "nothing", because: "already captured" };
  if (row.intentId === null) return { todo: "nothing", because: "Stripe was never asked" };
  return { todo: "read", intentId: row.intentId, observedAt: row.observedAt };
}

/** Finds the payments of waiting events: by what the event says, now that it may be known. */
export async function matchEvents(
  trx: Trx,
  eventIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; payment_id: string }>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM webhook_events
      WHERE id = ANY(${eventIds}::text[]) AND status = 'received'
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE webhook_events SET payment_id = coalesce(webhook_events.payment_id,
      (SELECT id FROM payments WHERE intent_id = webhook_events.intent_id))
    FROM locked WHERE webhook_events.id = locked.id
    RETURNING webhook_events.id, webhook_events.payment_id`.execute(trx);
  return new Map(rows.flatMap((row) => (row.payment_id ? [[row.id, row.payment_id]] : [])));
}

/** Parks events that bear our stamp and match nothing of ours: they wait for a person. */
export async function parkEvent(db: Db, eventId: string): Promise<void> {
  await sql`
    UPDATE webhook_events SET status = 'unmatched', settled_at = now(), due_at = NULL
    WHERE id = ${eventId} AND status = 'received' AND payment_id IS NULL`.execute(db);
}
