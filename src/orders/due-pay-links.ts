import { sql } from "kysely";
import type { Trx } from "../db/transaction.ts";
import type { MessageStatus } from "../notifications/lifecycle.ts";
import { mostLinks } from "./operators/pay-link-limit.ts";

/** What an order's customer was told of how to pay. What goes out for one event is one link. */
type LinksTold = {
  /** How many links were sent, or are on their way. */
  links: number;
  /** How the newest stands, by mail and by SMS. */
  newest: MessageStatus[];
  /** What the order came to when the newest was written. */
  amountMinor: number;
};

/**
 * Whether the customer of an order that can be paid now is to get another link. The first always
 * goes out. It works on after an edit, so that another has only one thing to say: the amount that
 * the last one named is not right any more. That is news, and waits for no pause; but however
 * often somebody edits, nobody gets more than `mostLinks`.
 */
function isLinkDue({ links, newest, amountMinor }: LinksTold, totalMinor: number): boolean {
  // What is still to be sent will name the amount of that moment.
  if (newest.every((status) => status === "pending")) return false;
  return amountMinor !== totalMinor && links < mostLinks;
}

/** Those of these orders whose customers are to get a link to pay; the caller holds their locks. */
export async function findDueLinks<Order extends { id: string; totalMinor: number }>(
  trx: Trx,
  orders: readonly Order[],
): Promise<Order[]> {
  if (orders.length === 0) return [];
  // One that failed or was dropped asked nobody for anything.
  const { rows } = await sql<LinksTold & { id: string }>`
    WITH links AS (
      SELECT order_id, seq, array_agg(status) AS statuses FROM notifications
      WHERE order_id = ANY(${orders.map(({ id }) => id)}::uuid[]) AND template = 'pay_link'
        AND status NOT IN ('failed', 'dropped')
      GROUP BY 1, 2
    ), newest AS (
      SELECT DISTINCT ON (order_id) order_id, seq, statuses,
        (count(*) OVER (PARTITION BY order_id))::integer AS links
      FROM links ORDER BY order_id, seq DESC
    )
    SELECT orders.id, links, statuses AS newest, coalesce((
      SELECT (change->'totalMinor'->>'from')::bigint
      FROM order_events AS e, LATERAL (
        SELECT CASE event WHEN 'checked_out' THEN detail->'repriced' ELSE detail END
      ) AS c (change)
      WHERE e.order_id = orders.id AND e.seq > newest.seq
        AND event IN ('edited', 'redrafted', 'draft_edited', 'checked_out')
        AND change ? 'totalMinor'
      ORDER BY e.seq LIMIT 1
    ), total_minor) AS "amountMinor"
    FROM newest JOIN orders ON orders.id = newest.order_id`.execute(trx);
  const told = new Map(rows.map((row) => [row.id, row]));
  return orders.filter((order) => {
    const its = told.get(order.id);
    return its === undefined || isLinkDue(its, order.totalMinor);
  });
}
