import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import { refuseUnheld, releaseParts } from "../../inventory/part-holds.ts";
import { eraseLater } from "../../notifications/contacts.ts";
import { writeMessages } from "../../notifications/messages.ts";
import { intentionOf } from "../act-once.ts";
import { type Advanced, together } from "../advance.ts";
import type { CancelRequest } from "../cancel-order.ts";
import type { OrderStatus } from "../lifecycle.ts";
import { type GoodsRefund, refundGoods } from "../refunds/refund-goods.ts";
import { bySku } from "../refunds/refund-lines.ts";
import { remark } from "../remark.ts";
import {
  allThatIsLeft,
  type Goods,
  leftToShip,
  readGoods,
  refuseTooMany,
  type WantedGoods,
} from "./goods.ts";
import { completeWhereDone } from "./ship-orders.ts";

/** `whole`: nothing was shipped and nothing would be left, so the order itself is cancelled. */
export type PartCancellation = Advanced | Refused | "whole" | "not_sold";

/**
 * Cancels goods of a paid order that are not shipped: those that are named, or all that is left of
 * an order that ships. They are free again, and their money goes back or, where the shop says so,
 * does not. The caller holds the order's lock.
 */
export async function cancelLines(
  trx: Trx,
  settings: Settings,
  request: CancelRequest,
): Promise<PartCancellation> {
  const { orderId, lines = null } = request;
  const { rows } = await sql<{ number: string; status: OrderStatus }>`
    SELECT number, status FROM orders WHERE id = ${orderId}`.execute(trx);
  const [order] = rows;
  if (!order) return "not_sold";
  if (order.status === "completed") {
    const message = "Every line is shipped or cancelled. What was shipped can be returned.";
    return new Refused("nothing_to_ship", message);
  }
  if (order.status !== "fulfilling" && (order.status !== "paid" || lines === null)) {
    return lines === null ? "not_sold" : unpaid(order.status);
  }
  const refusal = refuse(request);
  if (refusal) return refusal;
  const goods = await readGoods(trx, orderId);
  const wanted = bySku(lines ?? allThatIsLeft(goods));
  const tooMany = lines && refuseTooMany(goods, lines, leftToShip, "cancelled");
  if (tooMany) return tooMany;
  if (order.status === "paid" && isAll(goods, wanted)) return "whole";
  return cancelThese(trx, settings, request, { number: order.number, wanted });
}

function unpaid(status: OrderStatus): Refused {
  const message = `The order is ${status.replaceAll("_", " ")}: only lines of a paid one can go.`;
  return new Refused("order_not_paid", `${message} Leave lines out to cancel all of it.`);
}

function refuse({ refund, isGuest }: CancelRequest): Refused | null {
  if (isGuest) {
    return new Refused("order_is_paid", "Ask the shop: only it can cancel a part of an order.");
  }
  if (refund !== null) return null;
  const message = 'Say what becomes of the money for these goods, such as {"refund": "full"}.';
  return new Refused("order_is_paid", message, [
    { field: "refund", message: "Must be full or none for a paid order." },
  ]);
}

function isAll(goods: readonly Goods[], wanted: readonly WantedGoods[]): boolean {
  const quantities = new Map(wanted.map(({ sku, quantity }) => [sku, quantity]));
  return goods.every((each) => leftToShip(each) === (quantities.get(each.sku) ?? 0));
}

async function cancelThese(
  trx: Trx,
  settings: Settings,
  request: CancelRequest,
  { number, wanted }: { number: string; wanted: readonly WantedGoods[] },
): Promise<Advanced | Refused> {
  const { orderId, actor, refund } = request;
  const parts = wanted.map((part) => ({ orderId, ...part }));
  const unheld = await refuseUnheld(trx, parts);
  if (unheld) return unheld;
  const back = await refundOf(trx, settings, request, wanted);
  if (back instanceof Refused) return back;
  const { refundId, refundMinor } = back;
  await insertCancellation(trx, request, refundId, wanted);
  await releaseParts(trx, parts, actor);
  const money = { refund, refundMinor: refund === "full" ? refundMinor : null };
  const detail = { lines: wanted, ...money, refundId };
  const [version = 0] = await remark(trx, [{ orderId, event: "lines_cancelled", detail }], actor);
  await eraseLater(trx, [orderId], "paid", settings);
  const fact = { id: orderId, number, version };
  const hints = await writeMessages(trx, [fact], "lines_cancelled", settings);
  const completed = await completeWhereDone(trx, settings, orderId, actor);
  const noted = [{ orderId, order: number, event: "lines_cancelled" }];
  return together(back, { moved: [], hints, noted }, completed);
}

async function refundOf(
  trx: Trx,
  settings: Settings,
  request: CancelRequest,
  lines: readonly WantedGoods[],
): Promise<(GoodsRefund & Advanced) | Refused> {
  const { orderId, shopId, refund, actor } = request;
  if (refund !== "full") return { refundId: null, refundMinor: 0, moved: [], hints: [] };
  const intention = intentionOf("lines_cancelled", request, lines);
  const about = { orderId, shopId, reason: "lines_cancelled" as const, note: null, actor };
  return refundGoods(trx, settings, { ...about, lines, intention });
}

async function insertCancellation(
  trx: Trx,
  { orderId, actor, refund }: CancelRequest,
  refundId: string | null,
  lines: readonly WantedGoods[],
): Promise<void> {
  await sql`
    WITH made AS (
      INSERT INTO line_cancellations (id, order_id, refund_id, keeps_money, actor)
      VALUES (${uuidv7()}, ${orderId}, ${refundId}, ${refund === "none"}, ${actor}) RETURNING id
    )
    INSERT INTO cancelled_lines (cancellation_id, sku, quantity)
    SELECT made.id, sku, quantity FROM made, unnest(
      ${lines.map(({ sku }) => sku)}::text[],
      ${lines.map(({ quantity }) => quantity)}::integer[]
    ) AS l (sku, quantity)`.execute(trx);
}
