import { sql } from "kysely";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { bringBack } from "../../inventory/bring-back.ts";
import { foldSku } from "../../inventory/sku.ts";
import { eraseLater } from "../../notifications/contacts.ts";
import { actOnce, intentionOf, type KeyedOutcome, type KeyedRequest } from "../act-once.ts";
import { type Advanced, together } from "../advance.ts";
import { orderNumber } from "../ids.ts";
import { type GoodsRefund, refundGoods } from "../refunds/refund-goods.ts";
import { bySku } from "../refunds/refund-lines.ts";
import { remark } from "../remark.ts";
import { leftToReturn, readGoods, refuseTooMany, type WantedGoods } from "./goods.ts";

export type ReturnRequest = KeyedRequest & {
  /** `restock`: they are for sale again. */
  lines: readonly (WantedGoods & { restock: boolean })[];
  refund: "full" | "none";
  note: string | null;
};

/**
 * Takes shipped goods back, each return once per key: those that are restocked come into the stock,
 * and their money goes back where that is wished. The order stays as it is.
 */
export async function takeBack(
  trx: Trx,
  settings: Settings,
  requests: readonly ReturnRequest[],
): Promise<{ results: KeyedOutcome[] } & Advanced> {
  return actOnce(trx, "take_back", requests, (request, id) => {
    return takeOne(trx, settings, request, id);
  });
}

async function takeOne(
  trx: Trx,
  settings: Settings,
  request: ReturnRequest,
  id: string,
): Promise<Advanced | Refused> {
  const { orderId, actor, note } = request;
  const number = orderNumber(orderId);
  const goods = await readGoods(trx, orderId);
  if (goods.every(({ shipped }) => shipped === 0)) {
    return new Refused("nothing_shipped", "Nothing of the order was shipped: nothing can return.");
  }
  const refusal = refuseTooMany(goods, request.lines, leftToReturn, "returned");
  if (refusal) return refusal;
  const back = await refundOf(trx, settings, request);
  if (back instanceof Refused) return back;

  const { refundId, refundMinor } = back;
  await insertReturn(trx, { id, orderId, refundId, note, actor }, request.lines);
  const restocked = bySku(request.lines.filter(({ restock }) => restock));
  await bringBack(
    trx,
    restocked.map((line) => ({ returnId: id, ...line })),
    actor,
  );
  const detail = {
    ...{ returnId: id, lines: bySku(request.lines) },
    ...{ restocked, refundMinor, refundId },
  };
  await remark(trx, [{ orderId, event: "returned", detail }], actor);
  await eraseLater(trx, [orderId], "paid", settings);
  const noted = [{ orderId, order: number, event: "returned" }];
  return together(back, { moved: [], hints: [], noted });
}

async function refundOf(
  trx: Trx,
  settings: Settings,
  request: ReturnRequest,
): Promise<(GoodsRefund & Advanced) | Refused> {
  const { orderId, shopId, refund, lines, note, actor } = request;
  if (refund === "none") return { refundId: null, refundMinor: 0, moved: [], hints: [] };
  const intention = intentionOf("returned", request, lines);
  const about = { orderId, shopId, reason: "returned" as const, intention, note, actor };
  return refundGoods(trx, settings, { ...about, lines });
}

async function insertReturn(
  trx: Trx,
  row: { id: string; orderId: string; refundId: string | null; note: string | null; actor: string },
  lines: ReturnRequest["lines"],
): Promise<void> {
  await sql`
    WITH made AS (
      INSERT INTO returns (id, order_id, refund_id, note, actor)
      VALUES (${row.id}, ${row.orderId}, ${row.refundId}, ${row.note}, ${row.actor})
      RETURNING id
    )
    INSERT INTO return_lines (return_id, sku, restock, quantity)
    SELECT made.id, sku, restock, sum(quantity) FROM made, unnest(
      ${lines.map(({ sku }) => foldSku(sku))}::text[],
      ${lines.map(({ restock }) => restock)}::boolean[],
      ${lines.map(({ quantity }) => quantity)}::integer[]
    ) AS l (sku, restock, quantity) GROUP BY made.id, sku, restock`.execute(trx);
}
