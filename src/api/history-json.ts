import type { Db } from "../db/connect.ts";
import { orderHistory } from "../orders/order-history.ts";
import { isFor, tellEvents } from "../orders/told-events.ts";
import type { Reader } from "./order-json.ts";

/**
 * An order's history as JSON: each event as others are told it, with where the order came from
 * and who moved it; guests read that without names.
 */
export async function showHistory(db: Db, orderId: string, reader: Reader, after = 0) {
  const history = await orderHistory(db, orderId, after);
  const entries = history.filter((entry) => isFor(reader, entry));
  const told = await tellEvents(db, entries, reader);
  return told.map((event, index) => {
    const { from = null, actor = "" } = entries[index] ?? {};
    return { ...event, from, actor: reader.isGuest ? roleOf(actor) : actor };
  });
}

function roleOf(actor: string): string {
  if (actor.startsWith("key:")) return "shop";
  if (actor.startsWith("ops:") || actor.startsWith("cli:")) return "operator";
  return actor;
}
