import { Refused } from "../errors.ts";
import { findOrder } from "../orders/find-order.ts";
import type { ApiParts } from "./environment.ts";
import { type Reader, showOrder } from "./order-json.ts";
import { refuseExpired } from "./order-refusals.ts";

/** Reads one order, whole and as JSON, for somebody who may see it. */
export async function readOrder(parts: ApiParts, orderId: string, reader: Reader) {
  const order = await findOrder(parts.db, orderId);
  if (!order) throw new Refused("order_not_found", "There is no such order.");
  refuseExpired(order, reader);
  return { order, json: await showOrder(parts, order, reader) };
}
