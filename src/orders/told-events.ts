import { sql } from "kysely";
import type { Db } from "../db/connect.ts";
import type { Trx } from "../db/transaction.ts";
import {
  type OrderEvent,
  type OrderRemark,
  type OrderStatus,
  orderEvents,
  remarks,
} from "./lifecycle.ts";

/** An event of an order as its row says it, with the order's name for people. */
export type HistoryEvent = {
  orderId: string;
  orderNumber: string;
  seq: number;
  event: OrderEvent | OrderRemark;
  to: OrderStatus;
  detail: Record<string, unknown>;
  at: Date;
};

/** An event of an order as others are told it: by the feed, by live streams and by webhooks. */
export type ToldEvent = {
  /** Always the same for the same event, and no other event's. */
  id: string;
  type: EventType;
  seq: number;
  orderId: string;
  orderNumber: string;
  /** The order's status after the event. */
  status: OrderStatus;
  at: string;
  data: Record<string, unknown>;
};

export type EventType = `order.${OrderEvent | OrderRemark}`;

/** Who is told: guests are spared what lies between the shop, its operators and the bank. */
export type Listener = { isGuest: boolean };

/** Everything that others may be told of, by the name that they know it by. */
export const eventTypes = [...orderEvents, ...remarks].map(eventType);

export function eventType<Name extends OrderEvent | OrderRemark>(name: Name): `order.${Name}` {
  return `order.${name}`;
}

export function eventOfType(type: EventType): HistoryEvent["event"] {
  return type.slice("order.".length) as HistoryEvent["event"];
}

/** Puts events into the words of others, in the order given, without those not for them. */
export async function tellEvents(
  db: Db | Trx,
  events: readonly HistoryEvent[],
  listener: Listener,
): Promise<ToldEvent[]> {
  const forThem = events.filter((event) => isFor(listener, event));
  return (await withWrittenSkus(db, forThem)).map((event) => tellEvent(event, listener));
}

/** Puts an event into the words of others; its SKUs stay as they are. */
export function tellEvent(told: HistoryEvent, { isGuest }: Listener): ToldEvent {
  const { orderId, orderNumber, seq, event, to, at, detail } = told;
  return {
    id: `${orderId}-${seq}`,
    type: eventType(event),
    ...{ seq, orderId, orderNumber },
    status: to,
    at: at.toISOString(),
    data: isGuest ? detailForGuests(told) : withoutPersons(detail),
  };
}

export function isFor({ isGuest }: Listener, { event }: Pick<HistoryEvent, "event">): boolean {
  return !isGuest || !hiddenFromGuests.has(event);
}

/** What lies between the shop, its operators and the customer's bank. */
const hiddenFromGuests = new Set<HistoryEvent["event"]>([
  "attention",
  "settled",
  "operator_acted",
  "dispute_opened",
  "dispute_won",
  "dispute_lost",
]);

/** What guests read of an event's detail; of all other events nothing. */
const keysForGuests: { [Event in HistoryEvent["event"]]?: readonly string[] } = {
  stock_refused: ["shortages"],
  closing: ["closing"],
  refund_accepted: ["amountMinor", "currency"],
  refund_succeeded: ["amountMinor", "currency"],
  cancelled_after_payment: ["refund", "refundMinor"],
  shipped: ["shipmentId", "carrier", "trackingNumber", "trackingUrl", "lines", "left"],
  lines_cancelled: ["lines", "refund", "refundMinor"],
  returned: ["returnId", "lines", "refundMinor"],
};

type Detail = HistoryEvent["detail"];

/**
 * What people wrote in their own words, and what leads to a customer's door: what others were told
 * of that, nobody could erase. The order has it for as long as its person is kept.
 */
const personal: readonly string[] = [
  ...["note", "reference", "returned"],
  ...["trackingNumber", "trackingUrl"],
];

function withoutPersons(detail: Detail): Detail {
  return Object.fromEntries(Object.entries(detail).filter(([key]) => !personal.includes(key)));
}

function detailForGuests({ event, detail }: HistoryEvent): Detail {
  const keys = keysForGuests[event] ?? [];
  return Object.fromEntries(Object.entries(detail).filter(([key]) => keys.includes(key)));
}

/**
 * Within an event's detail, lists of goods name each by its SKU in lower case, as our tables do.
 * Others read it as the catalogue writes it.
 */
export async function withWrittenSkus<Event extends { detail: Detail }>(
  db: Db | Trx,
  events: readonly Event[],
): Promise<readonly Event[]> {
  const named = events.flatMap(({ detail }) => Object.values(detail).flatMap(skusIn));
  if (named.length === 0) return events;
  const { rows } = await sql<{ sku: string; written: string }>`
    SELECT sku, written_sku AS written FROM products
    WHERE sku = ANY(${[...new Set(named)]}::text[])`.execute(db);
  const written = new Map(rows.map((row) => [row.sku, row.written]));
  const asWritten = (value: unknown) =>
    Array.isArray(value) ? value.map((item) => writeSku(item, written)) : value;
  return events.map((event) => {
    const entries = Object.entries(event.detail).map(([key, value]) => [key, asWritten(value)]);
    return { ...event, detail: Object.fromEntries(entries) };
  });
}

function skusIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(hasSku).map(({ sku }) => sku) : [];
}

function writeSku(item: unknown, written: ReadonlyMap<string, string>): unknown {
  return hasSku(item) ? { ...item, sku: written.get(item.sku) ?? item.sku } : item;
}

function hasSku(item: unknown): item is { sku: string } {
  return typeof item === "object" && item !== null && "sku" in item && typeof item.sku === "string";
}
