import { sql } from "kysely";
import { asText } from "../db/clock.ts";
import { inTransaction } from "../db/transaction.ts";
import { erasePageSize, erasePersons } from "../orders/erase-persons.ts";
import { type HouseMeans, inPages, mostPages, pageSize } from "./in-pages.ts";
import { tidyDeliveries } from "./tidy-deliveries.ts";

/** Erases persons whose time is over, and deletes old rows that nobody needs. */
export async function keepHouse(means: HouseMeans): Promise<void> {
  await erase(means);
  await inPages(
    means,
    sql`
    DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM idempotency_keys
      WHERE created_at < now() - interval '7 days'
      ORDER BY created_at LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    ))`,
  );
  await dropBodies(means);
  await tidyDeliveries(means);
  // What they told stands on their messages. Suppliers repeat a report for some days at most.
  await inPages(
    means,
    sql`
    DELETE FROM delivery_reports WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM delivery_reports
      WHERE received_at < now() - interval '30 days'
      ORDER BY received_at LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
    ))`,
  );
  await sql`
    DELETE FROM operator_sessions WHERE expires_at < now() OR seen_at < now() - interval '1 day'
  `.execute(means.db);
  await sql`DELETE FROM sign_in_failures WHERE at < now() - interval '1 hour'`.execute(means.db);
  await sql`DELETE FROM heartbeats WHERE at < now() - interval '1 day'`.execute(means.db);
}

/** Pages that others are at work on come again: a page that found nothing more is the last. */
async function erase({ db, log, stopping }: HouseMeans): Promise<void> {
  let count = 0;
  for (let page = 0; page < mostPages && !stopping?.aborted; page++) {
    const { persons, orders } = await inTransaction(db, erasePersons);
    count += persons;
    if (orders < erasePageSize) break;
  }
  if (count > 0) log.info("persons_erased", { count });
}

/** Each page begins where the one before ended: of what has to stay, nothing is walked again. */
async function dropBodies({ db, stopping }: HouseMeans): Promise<void> {
  let from = "-infinity";
  for (let page = 0; page < mostPages && !stopping?.aborted; page++) {
    const { rows } = await sql<{ count: number; until: string }>`
      WITH gone AS (
        DELETE FROM webhook_bodies WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM webhook_bodies
          WHERE stored_at >= ${from}::timestamptz AND stored_at < now() - interval '30 days' AND (
            SELECT settled_at FROM webhook_events WHERE id = event_id
          ) < now() - interval '30 days'
          ORDER BY stored_at LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
        )) RETURNING stored_at
      ) SELECT count(*) AS count, ${asText(sql`max(stored_at)`)} AS until FROM gone`.execute(db);
    const [{ count, until } = { count: 0, until: from }] = rows;
    if (count < pageSize) break;
    from = until;
  }
}
