import { sql } from "kysely";
import type { SweeperMeans } from "./sweeper.ts";

/** Rows a turn, so that no statement holds many locks; what is left waits for the next. */
const pageSize = 1_000;

/** Erases persons whose time is over, and deletes old rows that nobody needs. */
export async function keepHouse({ db, log }: SweeperMeans): Promise<void> {
  // An order whose payment is not final keeps its person until it is.
  const erased = await sql`
    DELETE FROM order_contacts WHERE order_id IN (
      SELECT order_id FROM order_contacts WHERE erase_at <= now() AND NOT EXISTS (
        SELECT FROM payments
        WHERE payments.order_id = order_contacts.order_id AND due_at IS NOT NULL
      ) LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    )`.execute(db);
  if (erased.numAffectedRows) log.info("persons_erased", { count: Number(erased.numAffectedRows) });

  await sql`
    DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM idempotency_keys
      WHERE created_at < now() - interval '7 days' LIMIT ${pageSize}
    ))`.execute(db);
  await sql`
    UPDATE webhook_events SET body = NULL WHERE id IN (
      SELECT id FROM webhook_events
      WHERE body IS NOT NULL AND settled_at < now() - interval '30 days'
      LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    )`.execute(db);
  await sql`DELETE FROM heartbeats WHERE at < now() - interval '1 day'`.execute(db);
}
