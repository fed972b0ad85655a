import { type RawBuilder, sql } from "kysely";
import type { Db } from "../db/connect.ts";
import { Refused, Unavailable } from "../errors.ts";
import { beginning, type FeedCursor } from "./feed-cursor.ts";
import type { HistoryEvent } from "./told-events.ts";

/** Which events of a shop's orders to read: those after the cursor, of the types wanted. */
export type FeedQuery = {
  shopId: string;
  after: FeedCursor | null;
  limit: number;
  /** Only these; null for all. */
  events: readonly HistoryEvent["event"][] | null;
};

export type FeedPage = {
  events: HistoryEvent[];
  /** Where the next page begins; it stays where it was while nothing comes. */
  cursor: FeedCursor;
  /** There may be more by now. */
  hasMore: boolean;
};

/** Of rare types there may be few among many: so many events are looked at for one page. */
const mostLookedAt = 2_000;

/**
 * Reads one page of a shop's feed: every event of its orders stands in it once, behind those that
 * came before it in its order's history, and none ever appears before one that was read. For
 * that, events of transactions that might still commit before others are held back.
 */
export async function readFeed(db: Db, query: FeedQuery): Promise<FeedPage> {
  const { shopId, limit, events } = query;
  const after = query.after ?? beginning;
  const looks = events === null ? limit : mostLookedAt;
  const { rows } = await sql<Row>`
    WITH clock AS MATERIALIZED (
      SELECT feed_end() AS "end", coalesce((SELECT feed_position FROM order_events
        WHERE shop_id = ${shopId} ORDER BY feed_position DESC LIMIT 1), 0) AS newest
    ), looked_at AS MATERIALIZED (
      SELECT feed_position, order_id, seq, event, to_status, detail, at FROM order_events
      WHERE shop_id = ${shopId} AND feed_position < feed_horizon()
        AND (feed_position, order_id, seq) > (
          ${after.position}::bigint, ${after.orderId}::uuid, ${after.seq}::integer)
      ORDER BY feed_position, order_id, seq LIMIT ${looks}
    ), page AS (
      SELECT * FROM looked_at WHERE ${wanted(events)}
      ORDER BY feed_position, order_id, seq LIMIT ${limit}
    ), last AS (
      SELECT * FROM looked_at ORDER BY feed_position DESC, order_id DESC, seq DESC LIMIT 1
    )
    SELECT "end", newest, (SELECT count(*) FROM looked_at) AS looked, part."isLast",
      part.feed_position AS position, part.order_id AS "orderId",
      (SELECT number FROM orders WHERE id = part.order_id) AS "orderNumber",
      part.seq, part.event, part.to_status AS "to", part.detail, part.at
    FROM clock LEFT JOIN (
      SELECT false AS "isLast", * FROM page UNION ALL SELECT true, * FROM last
    ) AS part ON true
    ORDER BY part."isLast", part.feed_position, part.order_id, part.seq`.execute(db);
  return pageOf(rows, after, limit, looks);
}

type Row = FeedCursor &
  HistoryEvent & { end: number; newest: number; looked: number; isLast: boolean | null };

function pageOf(rows: readonly Row[], after: FeedCursor, limit: number, looks: number): FeedPage {
  const [first] = rows;
  if (first) refuseWrongClock(first, after);
  const events = rows.filter(({ isLast }) => isLast === false);
  const isFull = events.length === limit;
  const end = isFull ? events.at(-1) : rows.find(({ isLast }) => isLast);
  const { position, orderId, seq } = end ?? after;
  return {
    events,
    cursor: { position, orderId, seq },
    hasMore: isFull || (first?.looked ?? 0) === looks,
  };
}

/** A restored database may not know yet that its transactions are counted anew. */
function refuseWrongClock({ end, newest }: Pick<Row, "end" | "newest">, after: FeedCursor): void {
  if (newest >= end) {
    throw new Unavailable("feed_clock_behind", "The database was restored: npm run release.");
  }
  if (after.position >= end) {
    throw new Refused(
      "cursor_ahead",
      "The cursor is from a time that this database does not know: it was restored from a backup.",
    );
  }
}

function wanted(events: FeedQuery["events"]): RawBuilder<boolean> {
  return events === null ? sql<boolean>`true` : sql<boolean>`event = ANY(${events}::text[])`;
}

/** The end of a shop's feed as somebody has read it. */
export type FeedPlace = { shopId: string; after: FeedCursor };

/** Which of these places have something behind them by now, by their index, in one statement. */
export async function placesWithNews(db: Db, places: readonly FeedPlace[]): Promise<number[]> {
  const { rows } = await sql<{ nr: number }>`
    SELECT nr FROM unnest(
      ${places.map(({ shopId }) => shopId)}::uuid[],
      ${places.map(({ after }) => after.position)}::bigint[],
      ${places.map(({ after }) => after.orderId)}::uuid[],
      ${places.map(({ after }) => after.seq)}::integer[]
    ) WITH ORDINALITY AS place (shop_id, position, order_id, seq, nr)
    WHERE EXISTS (
      SELECT FROM order_events AS e
      WHERE e.shop_id = place.shop_id AND e.feed_position < feed_horizon()
        AND (e.feed_position, e.order_id, e.seq) > (place.position, place.order_id, place.seq)
    )`.execute(db);
  return rows.map(({ nr }) => nr - 1);
}
