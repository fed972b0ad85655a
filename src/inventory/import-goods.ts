import { sql } from "kysely";
import { priceFault } from "../currencies.ts";
import type { Db } from "../db/connect.ts";
import { inTransaction, type Trx } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { moveStock } from "./movements.ts";
import { type NewProduct, putProducts } from "./products.ts";
import { foldSku } from "./sku.ts";

/** A product, and how many of it are there when the shop opens. */
export type OpeningGoods = Omit<NewProduct, "active"> & { opening: number };

/** A transaction of this many products stays far below every timeout. */
const pageSize = 500;

/**
 * Brings a catalogue and its opening stock in, and answers how many units came in. The reason
 * names the delivery in the ledger: the same one never comes in twice.
 */
export async function importGoods(
  db: Db,
  goods: readonly OpeningGoods[],
  reason: string,
): Promise<number> {
  refuseUnchargeable(goods);
  const sorted = goods.toSorted((a, b) => (foldSku(a.sku) < foldSku(b.sku) ? -1 : 1));
  let received = 0;
  for (let start = 0; start < sorted.length; start += pageSize) {
    const page = sorted.slice(start, start + pageSize);
    received += await inTransaction(db, (trx) => importPage(trx, page, reason));
  }
  return received;
}

/** All or nothing: half a catalogue would sell before anybody reads why the rest is missing. */
function refuseUnchargeable(goods: readonly OpeningGoods[]): void {
  for (const { sku, priceMinor, currency } of goods) {
    const fault = priceFault(priceMinor, currency);
    if (!fault) continue;
    throw new Refused(
      "unavailable_goods",
      `Nothing came in, for the price of "${sku}": ${fault.message}`,
    );
  }
}

async function importPage(
  trx: Trx,
  goods: readonly OpeningGoods[],
  reason: string,
): Promise<number> {
  // This locks the products: an import of the same file at the same time waits here.
  await putProducts(
    trx,
    goods.map(({ opening: _, ...product }) => ({ ...product, active: true })),
  );
  const { rows } = await sql<{ sku: string }>`
    SELECT DISTINCT sku FROM stock_movements
    WHERE sku = ANY(${goods.map(({ sku }) => foldSku(sku))}::text[])
      AND kind = 'receive' AND reason = ${reason}`.execute(trx);
  const there = new Set(rows.map(({ sku }) => sku));
  const fresh = goods.filter(({ sku, opening }) => opening > 0 && !there.has(foldSku(sku)));
  if (fresh.length === 0) return 0;
  await moveStock(
    trx,
    fresh.map(({ sku, opening }) => ({
      sku,
      kind: "receive",
      quantity: opening,
      reason,
      actor: "import",
    })),
  );
  return fresh.reduce((sum, { opening }) => sum + opening, 0);
}
