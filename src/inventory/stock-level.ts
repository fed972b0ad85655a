import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { mainLocation } from "./reserve.ts";
import { foldSku } from "./sku.ts";

/** How a product's stock stands at a location. */
export type StockLevel = {
  sku: string;
  location: string;
  /** What is in the house. */
  onHand: number;
  /** What of it orders hold, paid or not. */
  reserved: number;
  /** What is never promised to anybody. */
  safety: number;
  available: number;
};

/** Reads how a product's stock stands, or null when there is no such product. */
export async function findStock(db: Db | Trx, sku: string): Promise<StockLevel | null> {
  const { rows } = await sql<StockLevel>`
    SELECT written_sku AS sku, ${mainLocation}::text AS location,
      coalesce(on_hand, 0) AS "onHand", coalesce(reserved, 0) AS reserved,
      coalesce(safety, 0) AS safety,
      greatest(coalesce(on_hand - reserved - safety, 0), 0) AS available
    FROM products
    LEFT JOIN stock ON stock.sku = products.sku AND stock.location = ${mainLocation}
    WHERE products.sku = ${foldSku(sku)}`.execute(db);
  return rows[0] ?? null;
}
