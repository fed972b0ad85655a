import { type RawBuilder, sql } from "kysely";
import type { Invariant } from "./invariant.ts";

/** A table, the column by which it refers to another, and how that other is joined to it. */
type Reference = { to: string; join: RawBuilder<unknown>; lost: RawBuilder<unknown> };

/** By an id; where the column is null, the row refers to nothing. */
function byId(from: string, column: string, to: string): Reference {
  const own = sql.ref(`${from}.${column}`);
  const there = sql.ref(`${to}.id`);
  return {
    to,
    join: sql`LEFT JOIN ${sql.table(to)} ON ${there} = ${own}`,
    lost: sql`${own} IS NOT NULL AND ${there} IS NULL`,
  };
}

const product: Reference = {
  to: "products",
  join: sql`LEFT JOIN products ON products.sku = order_lines.sku`,
  lost: sql`products.sku IS NULL`,
};

function shelf(from: string): Reference {
  const own = [sql.ref(`${from}.sku`), sql.ref(`${from}.location`)];
  return {
    to: "stock",
    join: sql`LEFT JOIN stock ON (stock.sku, stock.location) = (${sql.join(own)})`,
    lost: sql`stock.sku IS NULL`,
  };
}

/**
 * One table and all that it refers to. Joined, not looked up row by row: of millions of rows, that
 * is seconds. And one for each table, since each has a time of its own to end in.
 */
function refers(name: string, promise: string, of: OfTable): Invariant {
  const { table, key, references: all } = of;
  const keys = key.map((column) => sql.ref(`${table}.${column}`));
  const lost = all.map((each) => sql`CASE WHEN ${each.lost} THEN ${sql.lit(each.to)} END`);
  const broken = all.map((each) => sql`(${each.lost})`);
  return {
    name,
    promise,
    looked: sql`
      SELECT ${sql.join(keys)}, concat_ws(', ', ${sql.join(lost)}) AS lost,
        ${sql.join(broken, sql` OR `)} AS broken
      FROM ${sql.table(table)} ${sql.join(
        all.map(({ join }) => join),
        sql` `,
      )}`,
  };
}
type OfTable = { table: string; key: readonly string[]; references: readonly Reference[] };

const toOrder = (table: string) => byId(table, "order_id", "orders");
const toShop = (table: string) => byId(table, "shop_id", "shops");

/** What foreign keys would say: these references are checked by the statement that writes them. */
export const references: readonly Invariant[] = [
  refers("orders_have_their_shop", "The shop of an order is there.", {
    table: "orders",
    key: ["id"],
    references: [toShop("orders")],
  }),
  refers("lines_have_order_and_product", "The order and the product of a line are there.", {
    table: "order_lines",
    key: ["order_id", "position"],
    references: [toOrder("order_lines"), product],
  }),
  refers("events_have_their_order", "The order that an event tells of is there.", {
    table: "order_events",
    key: ["order_id", "seq"],
    references: [toOrder("order_events")],
  }),
  refers("contacts_have_their_order", "The order that a person placed is there.", {
    table: "order_contacts",
    key: ["order_id"],
    references: [toOrder("order_contacts")],
  }),
  refers("payments_have_their_order", "The order that a payment is for is there.", {
    table: "payments",
    key: ["id", "order_id"],
    references: [toOrder("payments")],
  }),
  refers("holds_have_order_and_stock", "The order of a hold is there, and so is the stock.", {
    table: "holds",
    key: ["id", "order_id", "sku", "location"],
    references: [toOrder("holds"), shelf("holds")],
  }),
  refers("movements_have_stock_and_hold", "The stock that moved is there, and so is its hold.", {
    table: "stock_movements",
    key: ["id", "sku", "location", "hold_id"],
    references: [shelf("stock_movements"), byId("stock_movements", "hold_id", "holds")],
  }),
  refers("entries_have_order_and_payment", "The order and the payment of an entry are there.", {
    table: "ledger_entries",
    key: ["movement", "account", "order_id", "payment_id"],
    references: [toOrder("ledger_entries"), byId("ledger_entries", "payment_id", "payments")],
  }),
  refers("keys_have_their_shop", "The shop that used an idempotency key is there.", {
    table: "idempotency_keys",
    key: ["shop_id", "operation", "key"],
    references: [toShop("idempotency_keys")],
  }),
];
