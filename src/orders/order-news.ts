import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { OrderStatus } from "./lifecycle.ts";
import { type HistoryEvent, withWrittenSkus } from "./told-events.ts";

/** An order that somebody watches, and the seq of the last event that they know. */
export type Watched = { orderId: string; after: number };

/** An event of a watched order; `isLast`: of an order of which nothing more is to be expected. */
export type News = HistoryEvent & { isLast: boolean };

/**
 * Where an order's story ends for those who watch it. What may come later is rare, and told by
 * mail and by the feed: a rejected order that is edited, money that comes after the end.
 */
const endsTheStory = {
  draft: false,
  reserving: false,
  awaiting_payment: false,
  paid: false,
  fulfilling: false,
  completed: true,
  rejected: true,
  expired: true,
  cancelled: true,
} as const satisfies Record<OrderStatus, boolean>;

const finalStatuses = Object.keys(endsTheStory).filter(
  (status) => endsTheStory[status as OrderStatus],
);

/** Of the order `o`: it has ended, and no money is on its way back. */
const isOver = sql<boolean>`(o.status = ANY(${finalStatuses}::text[]) AND NOT EXISTS (
  SELECT FROM refunds WHERE refunds.order_id = o.id AND refunds.due_at IS NOT NULL))`;

/** Watched orders as PostgreSQL reads them: made once, and sent ten times a second. */
export type WatchList = { orderIds: string; afters: string };

export function watchList(watched: readonly Watched[]): WatchList {
  return {
    orderIds: `{${watched.map(({ orderId }) => orderId).join()}}`,
    afters: `{${watched.map(({ after }) => after).join()}}`,
  };
}

/**
 * What happened to all these orders since, in one statement, each order's events in their order;
 * `most` at a time. An order's events are written under its lock: none is passed over.
 */
export async function readNews(
  db: Db,
  { orderIds, afters }: WatchList,
  most: number,
): Promise<readonly News[]> {
  const { rows } = await sql<News>`
    SELECT e.order_id AS "orderId", o.number AS "orderNumber", e.seq, e.event,
      e.to_status AS "to", e.detail, e.at, e.seq = o.version AND ${isOver} AS "isLast"
    FROM unnest(${orderIds}::uuid[], ${afters}::integer[]) AS watched (order_id, after)
    CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = watched.order_id LIMIT 1) AS o
    JOIN order_events AS e ON e.order_id = watched.order_id AND e.seq > watched.after
    ORDER BY e.order_id, e.seq LIMIT ${most}`.execute(db);
  return await withWrittenSkus(db, rows);
}

/** Whether an order has events after that one, and whether more are to be expected. */
export async function standingOf(
  db: Db,
  { orderId, after }: Watched,
): Promise<{ hasMore: boolean; isOver: boolean }> {
  const { rows } = await sql<{ hasMore: boolean; isOver: boolean }>`
    SELECT version > ${after} AS "hasMore", ${isOver} AS "isOver"
    FROM orders AS o WHERE id = ${orderId}`.execute(db);
  return rows[0] ?? { hasMore: false, isOver: true };
}
