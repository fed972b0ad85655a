import { sql } from "kysely";
import type { Db } from "../../../db/connect.ts";
import { foldSku } from "../../../inventory/sku.ts";
import type { OrderStatus } from "../../../orders/lifecycle.ts";

export type StockRow = {
  sku: string;
  writtenSku: string;
  name: string;
  active: boolean;
  onHand: number;
  reserved: number;
  safety: number;
  available: number;
};

const columns = sql`
  products.sku, written_sku AS "writtenSku", name, active,
  coalesce(on_hand, 0) AS "onHand", coalesce(reserved, 0) AS reserved,
  coalesce(safety, 0) AS safety,
  greatest(coalesce(on_hand - reserved - safety, 0), 0) AS available`;

export const stockPageSize = 50;

/** Products in the order of their SKUs, from a beginning of a SKU on. */
export async function listStock(
  db: Db,
  { begins, after }: { begins: string; after: string | null },
): Promise<StockRow[]> {
  const prefix = foldSku(begins);
  const end = `${prefix}\u{10ffff}`;
  // A range by bytes, so that the index of the keys serves whatever the database's locale is.
  const { rows } = await sql<StockRow>`
    SELECT ${columns} FROM products LEFT JOIN stock ON stock.sku = products.sku
    WHERE products.sku COLLATE "C" >= ${prefix} AND products.sku COLLATE "C" < ${end}
      AND (${after}::text IS NULL OR products.sku COLLATE "C" > ${after})
    ORDER BY products.sku COLLATE "C" LIMIT ${stockPageSize + 1}`.execute(db);
  return rows;
}

export async function readStock(db: Db, sku: string): Promise<StockRow | null> {
  const { rows } = await sql<StockRow>`
    SELECT ${columns} FROM products LEFT JOIN stock ON stock.sku = products.sku
    WHERE products.sku = ${foldSku(sku)}`.execute(db);
  return rows[0] ?? null;
}

export type Holder = {
  orderId: string;
  number: string;
  status: OrderStatus;
  closing: string | null;
  quantity: number;
  holdStatus: "held" | "sold";
  since: Date;
  expiresAt: Date | null;
};

export const mostHolders = 100;

/** The orders that hold a product, those that are not paid yet first, oldest first. */
export async function listHolders(db: Db, sku: string): Promise<Holder[]> {
  const { rows } = await sql<Holder>`
    WITH first AS MATERIALIZED (
      SELECT order_id, quantity, status, created_at FROM holds
      WHERE sku = ${sku} AND location = 'main' AND status IN ('held', 'sold')
      ORDER BY status, created_at LIMIT ${mostHolders + 1}
    )
    SELECT orders.id AS "orderId", number, orders.status, closing, quantity,
      first.status AS "holdStatus", first.created_at AS since, expires_at AS "expiresAt"
    FROM first JOIN orders ON orders.id = order_id
    ORDER BY first.status, first.created_at`.execute(db);
  return rows;
}

export type MovementRow = {
  id: number;
  kind: "receive" | "adjust" | "reserve" | "release";
  onHandDelta: number;
  reservedDelta: number;
  reason: string | null;
  actor: string;
  at: Date;
  orderId: string | null;
  number: string | null;
};

export const movementPageSize = 50;

/** What moved a product's counters, newest first. */
export async function listMovements(
  db: Db,
  sku: string,
  before: number | null,
): Promise<MovementRow[]> {
  const { rows } = await sql<MovementRow>`
    SELECT m.id, kind, on_hand_delta AS "onHandDelta", reserved_delta AS "reservedDelta", reason,
      actor, at, orders.id AS "orderId", number
    FROM stock_movements AS m
    LEFT JOIN holds ON holds.id = hold_id LEFT JOIN orders ON orders.id = holds.order_id
    WHERE m.sku = ${sku} AND m.location = 'main'
      AND (${before}::bigint IS NULL OR m.id < ${before})
    ORDER BY m.id DESC LIMIT ${movementPageSize + 1}`.execute(db);
  return rows;
}

/** For each product what its page says, in a short text: who holds it unpaid, and what moved. */
export async function stockSeen(db: Db, skus: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ sku: string; seen: string }>`
    SELECT sku, concat_ws('/', on_hand, reserved, safety,
      (SELECT count(*) FROM holds WHERE holds.sku = stock.sku AND holds.location = stock.location
        AND status = 'held'),
      (SELECT max(id) FROM stock_movements AS m
        WHERE m.sku = stock.sku AND m.location = stock.location)) AS seen
    FROM stock WHERE location = 'main' AND sku = ANY(${skus}::text[])`.execute(db);
  const seen = new Map(rows.map((row) => [row.sku, row.seen]));
  return skus.map((sku) => seen.get(sku) ?? "");
}
