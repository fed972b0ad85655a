import { type RawBuilder, sql } from "kysely";
import type { Db } from "../../db/connect.ts";
import type { Hit } from "../search.ts";

type OrderHit = Extract<Hit, { kind: "order" }>;

/** The orders that the looks find, each once, the newest first. */
export async function findOrders(
  db: Db,
  looks: readonly RawBuilder<unknown>[],
  limit: number,
): Promise<OrderHit[]> {
  const { rows } = await sql<Omit<OrderHit, "kind">>`
    WITH found (order_id, what) AS MATERIALIZED (${sql.join(looks, sql` UNION ALL `)}),
    page AS MATERIALIZED (
      SELECT DISTINCT ON (order_id) order_id, what FROM found
      ORDER BY order_id DESC, what LIMIT ${limit}
    )
    SELECT orders.id AS "orderId", number, status, placed_at AS "placedAt",
      shops.name AS "shopName", total_minor AS "totalMinor", orders.currency, what
    FROM page JOIN orders ON orders.id = page.order_id JOIN shops ON shops.id = shop_id
    ORDER BY orders.id DESC`.execute(db);
  return rows.map((row) => ({ kind: "order", ...row }));
}

/** The product whose SKU it is, in any case. */
export async function findProduct(db: Db, query: string): Promise<Hit[]> {
  const { rows } = await sql<{ sku: string; what: string }>`
    SELECT sku, name AS what FROM products WHERE sku = lower(${query})`.execute(db);
  return rows.map((row) => ({ kind: "product", ...row }));
}

/** The event of Stripe's that bears this id, whosever it is. */
export async function findEvent(db: Db, query: string): Promise<Hit[]> {
  if (!query.startsWith("evt_")) return [];
  const { rows } = await sql<{ eventId: string; what: string }>`
    SELECT id AS "eventId", type || ': ' || status AS what FROM webhook_events
    WHERE id = ${query}`.execute(db);
  return rows.map((row) => ({ kind: "event", ...row }));
}
