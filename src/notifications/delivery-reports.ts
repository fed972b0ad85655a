import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { type Delivery, deliveries } from "./lifecycle.ts";

/** What a supplier tells of one message. */
export type DeliveryReport = {
  /** The supplier's own name for the report: a second one under it is the same. */
  id: string;
  notificationId: string;
  /** The supplier's number of the message, where it tells one. */
  providerId: string | null;
  delivery: Delivery;
  /** Why, in the supplier's words, without the address or number. */
  reason: string | null;
  /** By the supplier's clock. */
  at: Date;
};

/**
 * Stores reports, each once, and brings their messages up to date, whatever the order in which
 * they come. A supplier that reports on a message has taken it: one of which we did not know
 * whether it was sent is sent. Reports on messages that are not ours are left out. Answers how
 * many were new.
 */
export async function storeReports(
  db: Db | Trx,
  reports: readonly DeliveryReport[],
): Promise<number> {
  if (reports.length === 0) return 0;
  const { rows } = await sql<{ count: number }>`
    WITH report AS (
      SELECT * FROM unnest(
        ${reports.map(({ id }) => id)}::text[],
        ${reports.map(({ notificationId }) => notificationId)}::uuid[],
        ${reports.map(({ providerId }) => providerId)}::text[],
        ${reports.map(({ delivery }) => delivery)}::text[],
        ${reports.map(({ reason }) => reason)}::text[],
        ${reports.map(({ at }) => at)}::timestamptz[]
      ) AS r (id, notification_id, provider_id, delivery, reason, at)
    ), fresh AS (
      INSERT INTO delivery_reports (id, notification_id, delivery, reason, at)
      SELECT DISTINCT ON (report.id) report.id, notification_id, report.delivery, report.reason, at
      FROM report JOIN notifications ON notifications.id = notification_id ORDER BY report.id
      ON CONFLICT (id) DO NOTHING RETURNING *
    ), best AS (
      SELECT DISTINCT ON (notification_id) fresh.*, report.provider_id
      FROM fresh JOIN report USING (id)
      ORDER BY notification_id, ${rank("fresh.delivery")} DESC, fresh.at DESC
    ), locked AS MATERIALIZED (
      SELECT id FROM notifications WHERE id IN (SELECT notification_id FROM best)
      ORDER BY id FOR NO KEY UPDATE
    ), told AS (
      UPDATE notifications SET
        delivery = CASE WHEN ${isNews} THEN best.delivery ELSE notifications.delivery END,
        delivery_at = CASE WHEN ${isNews} THEN best.at ELSE delivery_at END,
        delivery_reason = CASE WHEN ${isNews} THEN best.reason ELSE delivery_reason END,
        delivery_told_at = CASE WHEN ${isNews} THEN now() ELSE delivery_told_at END,
        status = CASE WHEN ${isOpen} THEN 'sent' ELSE status END,
        due_at = CASE WHEN NOT ${isOpen} THEN due_at END,
        sent_at = coalesce(sent_at, best.at),
        provider_id = coalesce(notifications.provider_id, best.provider_id),
        reason = CASE WHEN NOT ${isOpen} THEN notifications.reason END,
        last_error = CASE WHEN NOT ${isOpen} THEN last_error END
      FROM best, locked
      WHERE notifications.id = locked.id AND best.notification_id = locked.id
        AND (${isNews} OR ${isOpen})
    )
    SELECT count(*)::integer AS count FROM fresh`.execute(db);
  return rows[0]?.count ?? 0;
}

/** A later state is never undone by an earlier one; of two of one kind the later says why. */
const isNews = sql`((${rank("best.delivery")}, best.at)
  > (${rank("notifications.delivery")}, coalesce(delivery_at, '-infinity')))`;

/** It was asked for, and nobody knew whether it was taken: now somebody says so. */
const isOpen = sql`(status IN ('pending', 'sending', 'failed') AND tries > 0)`;

function rank(delivery: string) {
  return sql`
    coalesce(array_position(${[...deliveries]}::text[], ${sql.ref(delivery)}), 0)`;
}
