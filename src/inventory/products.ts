import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import { mainLocation } from "./reserve.ts";
import { foldSku } from "./sku.ts";
import type { StockLevel } from "./stock-level.ts";

/** A product as the catalogue is told of it. */
export type NewProduct = {
  /** As the shop writes it; it is compared without case. */
  sku: string;
  name: string;
  priceMinor: number;
  currency: string;
  active: boolean;
};

export type Product = NewProduct & { updatedAt: Date };

/** A product with its stock at the one location. */
export type StockedProduct = Product & { stock: StockLevel };

/** Which products a listing is to show, in the order of their SKUs. */
export type ProductQuery = {
  limit: number;
  /** The last SKU of the page before. */
  after?: string | undefined;
  /** Only what a shop that sells in this currency can sell now. */
  sellableIn?: string | undefined;
};

/** Adds products, or replaces what the catalogue says of them. Each SKU may stand here once. */
export async function putProducts(
  db: Db | Trx,
  products: readonly NewProduct[],
): Promise<(Product & { created: boolean })[]> {
  const { rows } = await sql<Product & { created: boolean }>`
    INSERT INTO products AS p (sku, written_sku, name, price_minor, currency, active)
    SELECT * FROM unnest(
      ${products.map(({ sku }) => foldSku(sku))}::text[],
      ${products.map(({ sku }) => sku)}::text[],
      ${products.map(({ name }) => name)}::text[],
      ${products.map(({ priceMinor }) => priceMinor)}::bigint[],
      ${products.map(({ currency }) => currency)}::text[],
      ${products.map(({ active }) => active)}::boolean[]
    ) AS n (sku, written_sku, name, price_minor, currency, active)
    ORDER BY sku
    ON CONFLICT (sku) DO UPDATE SET written_sku = excluded.written_sku, name = excluded.name,
      price_minor = excluded.price_minor, currency = excluded.currency, active = excluded.active,
      updated_at = now()
    RETURNING written_sku AS sku, name, price_minor AS "priceMinor", currency, active,
      updated_at AS "updatedAt", p.xmax = 0 AS created`.execute(db);
  return rows;
}

export async function listProducts(
  db: Db | Trx,
  { limit, after, sellableIn }: ProductQuery,
): Promise<StockedProduct[]> {
  const { rows } = await sql<StockedProduct>`
    SELECT written_sku AS sku, name, price_minor AS "priceMinor", currency, active,
      updated_at AS "updatedAt",
      json_build_object('sku', written_sku, 'location', ${mainLocation}::text,
        'onHand', coalesce(on_hand, 0), 'reserved', coalesce(reserved, 0),
        'safety', coalesce(safety, 0),
        'available', greatest(coalesce(on_hand - reserved - safety, 0), 0)) AS stock
    FROM products
    LEFT JOIN stock ON stock.sku = products.sku AND stock.location = ${mainLocation}
    WHERE products.sku > ${foldSku(after ?? "")}
      AND (${sellableIn ?? null}::text IS NULL OR (active AND currency = ${sellableIn ?? null}))
    ORDER BY products.sku LIMIT ${limit}`.execute(db);
  return rows;
}
