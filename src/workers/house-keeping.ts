import { type RawBuilder, sql } from "kysely";
import type { SweeperMeans } from "./sweeper.ts";

/** Rows a statement, so that none holds many locks; and so many statements a turn. */
const pageSize = 1_000;
const mostPages = 100;

/** Erases persons whose time is over, and deletes old rows that nobody needs. */
export async function keepHouse(means: SweeperMeans): Promise<void> {
  // An order keeps its person while its money moves, or a mail about it is still to be sent.
  const erased = await inPages(
    means,
    sql`
    DELETE FROM order_contacts WHERE order_id IN (
      SELECT order_id FROM order_contacts WHERE erase_at <= now() AND NOT EXISTS (
        SELECT FROM payments
        WHERE payments.order_id = order_contacts.order_id AND due_at IS NOT NULL
      ) AND NOT EXISTS (
        SELECT FROM refunds
        WHERE refunds.order_id = order_contacts.order_id AND due_at IS NOT NULL
      ) AND NOT EXISTS (
        SELECT FROM notifications
        WHERE notifications.order_id = order_contacts.order_id AND due_at IS NOT NULL
      ) LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    )`,
  );
  if (erased > 0) means.log.info("persons_erased", { count: erased });

  await inPages(
    means,
    sql`
    DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM idempotency_keys
      WHERE created_at < now() - interval '7 days' LIMIT ${pageSize}
    ))`,
  );
  await inPages(
    means,
    sql`
    UPDATE webhook_events SET body = NULL, headers = NULL WHERE id IN (
      SELECT id FROM webhook_events
      WHERE body IS NOT NULL AND settled_at < now() - interval '30 days'
      LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    )`,
  );
  await sql`
    DELETE FROM operator_sessions WHERE expires_at < now() OR seen_at < now() - interval '1 day'
  `.execute(means.db);
  await sql`DELETE FROM sign_in_failures WHERE at < now() - interval '1 hour'`.execute(means.db);
  await sql`DELETE FROM heartbeats WHERE at < now() - interval '1 day'`.execute(means.db);
}

/** Repeats a bounded statement until it finds nothing more; answers how many rows it changed. */
async function inPages({ db }: SweeperMeans, statement: RawBuilder<unknown>): Promise<number> {
  let changed = 0;
  for (let page = 0; page < mostPages; page++) {
    const { numAffectedRows } = await statement.execute(db);
    changed += Number(numAffectedRows ?? 0);
    if (Number(numAffectedRows ?? 0) < pageSize) break;
  }
  return changed;
}
