import { sql } from "kysely";
import { orderEvents, orderStatuses, remarks, transition } from "../orders/lifecycle.ts";
import type { Invariant } from "./invariant.ts";

/** What must be true of the orders' histories. */
export const histories: readonly Invariant[] = [
  {
    name: "every_order_has_a_history",
    promise: "No order is without events.",
    looked: sql`
      SELECT id AS order_id, number, status,
        NOT EXISTS (SELECT FROM order_events WHERE order_id = orders.id) AS broken
      FROM orders`,
  },
  {
    name: "histories_have_no_gaps",
    promise: "An order's events are numbered from 1 to its version, none left out.",
    looked: sql`
      SELECT orders.id AS order_id, number, version, first, last, events,
        first <> 1 OR last <> events OR last <> version AS broken
      FROM orders JOIN (
        SELECT order_id, min(seq) AS first, max(seq) AS last, count(*) AS events
        FROM order_events GROUP BY 1
      ) AS counted ON counted.order_id = orders.id`,
  },
  {
    name: "histories_follow_the_lifecycle",
    promise: "Each event begins where the one before ended, by a way that the lifecycle knows.",
    looked: sql`
      SELECT order_id, seq, event, from_status, to_status,
        from_status IS DISTINCT FROM before
        OR concat_ws(' ', event, from_status, to_status) <> ALL(${lawfulSteps()}::text[])
        OR (is_last AND to_status <> orders.status) AS broken
      FROM (
        SELECT *, lag(to_status) OVER history AS before,
          lead(seq) OVER history IS NULL AS is_last
        FROM order_events WINDOW history AS (PARTITION BY order_id ORDER BY seq)
      ) AS events JOIN orders ON orders.id = order_id`,
  },
  {
    name: "the_feed_follows_the_histories",
    promise:
      "In the feed of its order's shop, each event stands behind those before it, and none ahead " +
      "of the feed's clock: a restored database needs npm run release.",
    looked: sql`
      SELECT order_id, seq, events.feed_position, before, events.shop_id,
        coalesce(events.feed_position < before, false) OR events.shop_id <> orders.shop_id
        OR events.feed_position >= feed_end() AS broken
      FROM (
        SELECT order_id, seq, feed_position, shop_id, lag(feed_position) OVER history AS before
        FROM order_events WINDOW history AS (PARTITION BY order_id ORDER BY seq)
      ) AS events JOIN orders ON orders.id = order_id`,
  },
];

/** Every step that an order may take, as `event from to`; the first event comes from nowhere. */
function lawfulSteps(): string[] {
  const moves = orderEvents.flatMap((event) => {
    const { from, to } = transition(event);
    return from.length === 0 ? [`${event} ${to}`] : from.map((each) => `${event} ${each} ${to}`);
  });
  const stays = remarks.flatMap((remark) =>
    orderStatuses.map((status) => `${remark} ${status} ${status}`),
  );
  return [...moves, ...stays];
}
