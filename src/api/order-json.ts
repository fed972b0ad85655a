import type { Shortage } from "../inventory/reserve.ts";
import type { Contact } from "../notifications/contacts.ts";
import type { OrderView } from "../orders/find-order.ts";
import { transitions } from "../orders/lifecycle.ts";
import { type HistoryEntry, shortagesOf } from "../orders/order-history.ts";
import type { PlacedOrder } from "../orders/place-order.ts";
import type { ApiParts } from "./environment.ts";
import type { NewOrder, OrderJson } from "./order-schemas.ts";

/** Who will read it: guests do not see what is between the shop and its operators. */
type Reader = { isGuest: boolean };

/** An order with its person unsealed. */
type OpenOrder = Omit<OrderView, "contact"> & { contact: OrderJson["contact"] };

/** Shows orders as JSON, with what belongs to them besides their rows. */
export async function showOrders(
  parts: Pick<ApiParts, "db" | "contacts">,
  orders: readonly OrderView[],
  reader: Reader,
): Promise<OrderJson[]> {
  const rejected = orders.filter(({ status }) => status === "rejected").map(({ id }) => id);
  const shortages = await shortagesOf(parts.db, rejected);
  return orders.map((order) => {
    const contact = order.contact && parts.contacts.open(order.contact);
    const json = orderJson({ ...order, contact }, reader);
    const short = shortages.get(order.id);
    return short ? { ...json, shortages: short.map((each) => asWritten(order, each)) } : json;
  });
}

export async function showOrder(
  parts: Pick<ApiParts, "db" | "contacts">,
  order: OrderView,
  reader: Reader,
): Promise<OrderJson> {
  const [json] = await showOrders(parts, [order], reader);
  if (!json) throw new RangeError("One order gave no JSON.");
  return json;
}

/** An order that was placed just now, without reading it back. */
export function placedOrder(placed: PlacedOrder, contact: Contact, reader: Reader) {
  const { request, ...priced } = placed;
  const order = {
    ...priced,
    adjustments: [...priced.adjustments],
    shopId: request.shop.id,
    status: transitions.checked_out.to,
    closing: null,
    attention: null,
    // It was placed, and checked out: the seq of the second event.
    version: 2,
    locale: request.locale,
    customerRef: request.customerRef,
    tokenVersion: 1,
    payment: null,
  };
  return { order, json: orderJson({ ...order, contact }, reader) };
}

function asWritten(order: OrderView, shortage: Shortage): Shortage {
  const line = order.lines.find(({ sku }) => sku === shortage.sku);
  return { ...shortage, sku: line?.writtenSku ?? shortage.sku };
}

/** An order as JSON for those who may see it. */
function orderJson(order: OpenOrder, { isGuest }: Reader): OrderJson {
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    closing: order.closing,
    currency: order.currency,
    totalMinor: order.totalMinor,
    locale: order.locale,
    customerRef: order.customerRef,
    placedAt: order.placedAt.toISOString(),
    expiresAt: order.expiresAt?.toISOString() ?? null,
    serverTime: new Date().toISOString(),
    lines: order.lines.map(({ writtenSku, name, quantity, unitPriceMinor }) => ({
      sku: writtenSku,
      name,
      quantity,
      unitPriceMinor,
      totalMinor: quantity * unitPriceMinor,
    })),
    adjustments: order.adjustments.map(({ kind, name, amountMinor }) => ({
      kind,
      name,
      amountMinor,
    })),
    contact: order.contact,
    payment: order.payment && {
      status: order.payment.status,
      ...(order.payment.clientSecret ? { clientSecret: order.payment.clientSecret } : {}),
    },
    ...(isGuest ? {} : { attention: order.attention }),
  };
}

/** The person of an order that was placed just now. */
export function contactOf({ contact, shippingAddress }: NewOrder): Contact {
  const { email, phone, name } = contact;
  return {
    email,
    phone: phone ?? null,
    name: name ?? null,
    address: shippingAddress ?? null,
  };
}

/** The history as JSON; guests read who acted without names, and nothing of our worries. */
export function historyJson(history: readonly HistoryEntry[], { isGuest }: Reader) {
  const shown = isGuest ? history.filter(({ event }) => event !== "attention") : history;
  return shown.map((entry) => ({
    ...entry,
    actor: isGuest ? roleOf(entry.actor) : entry.actor,
    at: entry.at.toISOString(),
  }));
}

function roleOf(actor: string): string {
  if (actor.startsWith("key:")) return "shop";
  if (actor.startsWith("ops:")) return "operator";
  return actor;
}
