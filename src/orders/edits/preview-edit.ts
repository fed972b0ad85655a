import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { mainLocation, type Shortage } from "../../inventory/reserve.ts";
import type { Difference } from "./difference.ts";
import { type EditPlan, type EditRequest, planEdit } from "./plan-edit.ts";
import type { Goods } from "./write-goods.ts";

/** What an edit would make of an order. */
export type EditPreview = {
  goods: Goods;
  /** Null where nothing would change. */
  difference: Difference | null;
  /** What is not in stock for it at the moment, with what the order holds itself counted in. */
  shortages: Shortage[];
  payment: EditPlan["payment"];
};

/**
 * Says what an edit would do, and changes nothing.
 *
 * @throws Refused as the edit itself would
 */
export async function previewEdit(
  trx: Trx,
  settings: Settings,
  request: EditRequest,
): Promise<EditPreview> {
  const { order, change, payment } = await planEdit(trx, settings, request);
  const goods = change?.goods ?? order;
  const shortages = await shortagesOf(trx, order.id, goods);
  return { goods, difference: change?.difference ?? null, shortages, payment };
}

async function shortagesOf(trx: Trx, orderId: string, { lines }: Goods): Promise<Shortage[]> {
  const { rows } = await sql<Shortage>`
    WITH wanted AS (
      SELECT sku, written_sku, sum(quantity)::bigint AS requested
      FROM unnest(
        ${lines.map(({ sku }) => sku)}::text[],
        ${lines.map(({ writtenSku }) => writtenSku)}::text[],
        ${lines.map(({ quantity }) => quantity)}::bigint[]
      ) AS w (sku, written_sku, quantity) GROUP BY 1, 2
    ), free AS (
      SELECT written_sku, requested, greatest(coalesce(on_hand - reserved - safety, 0), 0)
        + coalesce((
          SELECT sum(quantity) FROM holds WHERE order_id = ${orderId}::uuid
            AND holds.sku = wanted.sku AND location = ${mainLocation} AND status = 'held'
        ), 0) AS available
      FROM wanted LEFT JOIN stock ON stock.sku = wanted.sku AND location = ${mainLocation}
    )
    SELECT written_sku AS sku, requested, available::bigint FROM free
    WHERE available < requested ORDER BY 1`.execute(trx);
  return rows;
}
