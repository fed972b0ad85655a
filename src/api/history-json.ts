import type { Db } from "../db/connect.ts";
import type { Shortage } from "../inventory/reserve.ts";
import { findOrder } from "../orders/find-order.ts";
import { type HistoryEntry, orderHistory } from "../orders/order-history.ts";
import { asWritten, type Reader } from "./order-json.ts";

type Detail = HistoryEntry["detail"];

/**
 * An order's history as JSON. Guests read who acted without names, and nothing that lies between
 * the shop, its operators and the bank.
 */
export async function showHistory(db: Db, orderId: string, { isGuest }: Reader) {
  const history = await orderHistory(db, orderId);
  const shown = isGuest ? history.filter(({ event }) => !hiddenFromGuests.has(event)) : history;
  const wasShort = history.some(({ event }) => event === "stock_refused");
  const lines = wasShort ? ((await findOrder(db, orderId))?.lines ?? []) : [];
  return shown.map((entry) => {
    const detail = isGuest ? detailForGuests(entry) : entry.detail;
    return {
      ...entry,
      actor: isGuest ? roleOf(entry.actor) : entry.actor,
      detail: "shortages" in detail ? withWrittenSkus(detail, lines) : detail,
      at: entry.at.toISOString(),
    };
  });
}

/** What lies between the shop, its operators and the customer's bank. */
const hiddenFromGuests = new Set<HistoryEntry["event"]>([
  "attention",
  "settled",
  "operator_acted",
  "dispute_opened",
  "dispute_won",
  "dispute_lost",
]);

/** What guests read of an event's detail; of all other events nothing. */
const keysForGuests: { [Event in HistoryEntry["event"]]?: readonly string[] } = {
  stock_refused: ["shortages"],
  closing: ["closing"],
  refund_accepted: ["amountMinor", "currency"],
  refund_succeeded: ["amountMinor", "currency"],
  cancelled_after_payment: ["refund", "refundMinor"],
};

function detailForGuests({ event, detail }: HistoryEntry): Detail {
  const keys = keysForGuests[event] ?? [];
  return Object.fromEntries(Object.entries(detail).filter(([key]) => keys.includes(key)));
}

function withWrittenSkus(detail: Detail, lines: Parameters<typeof asWritten>[0]): Detail {
  const shortages = detail["shortages"] as Shortage[];
  return { ...detail, shortages: asWritten(lines, shortages) };
}

function roleOf(actor: string): string {
  if (actor.startsWith("key:")) return "shop";
  if (actor.startsWith("ops:") || actor.startsWith("cli:")) return "operator";
  return actor;
}
