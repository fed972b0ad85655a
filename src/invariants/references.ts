import { type RawBuilder, sql } from "kysely";
import type { Invariant } from "./invariant.ts";

/** Rows of a table beside what they refer to: `lost` names what is not there. */
const referring = (table: string, key: RawBuilder<unknown>, lost: RawBuilder<unknown>) =>
  sql`SELECT ${table} AS table, ${key}::text AS key, ${lost} AS lost FROM ${sql.table(table)}`;

/** What a column refers to, looked for by its key; null refers to nothing. */
const missing = (what: string, column: RawBuilder<unknown>) => {
  const there = sql`EXISTS (SELECT FROM ${sql.table(what)} AS there WHERE there.id = ${column})`;
  return sql`CASE WHEN ${column} IS NOT NULL AND NOT ${there} THEN ${what} END`;
};
const missingStock = (table: string) => sql`CASE WHEN NOT EXISTS (
  SELECT FROM stock WHERE stock.sku = ${sql.ref(`${table}.sku`)}
    AND stock.location = ${sql.ref(`${table}.location`)}) THEN 'stock' END`;

const orderId = sql.ref("order_id");

/** What foreign keys would say: these references are checked by the statement that writes them. */
export const references: readonly Invariant[] = [
  {
    name: "nothing_is_orphaned",
    promise: "What a row refers to is there: a shop, an order, its goods, its hold, its payment.",
    looked: sql`
      SELECT *, lost IS NOT NULL AS broken FROM (
        ${referring(
          "order_lines",
          orderId,
          sql`coalesce(${missing("orders", orderId)}, CASE WHEN NOT EXISTS (
            SELECT FROM products WHERE products.sku = order_lines.sku) THEN 'products' END)`,
        )}
        UNION ALL ${referring("order_events", orderId, missing("orders", orderId))}
        UNION ALL ${referring("order_contacts", orderId, missing("orders", orderId))}
        UNION ALL ${referring("payments", sql`payments.id`, missing("orders", orderId))}
        UNION ALL ${referring("orders", sql`orders.id`, missing("shops", sql`shop_id`))}
        UNION ALL ${referring("idempotency_keys", sql`key`, missing("shops", sql`shop_id`))}
        UNION ALL ${referring(
          "holds",
          sql`holds.id`,
          sql`coalesce(${missing("orders", orderId)}, ${missingStock("holds")})`,
        )}
        UNION ALL ${referring(
          "stock_movements",
          sql`stock_movements.id`,
          sql`coalesce(${missing("holds", sql`hold_id`)}, ${missingStock("stock_movements")})`,
        )}
        UNION ALL ${referring(
          "ledger_entries",
          sql`movement`,
          sql`coalesce(${missing("orders", orderId)}, ${missing("payments", sql`payment_id`)})`,
        )}
      ) AS referring`,
  },
];
