import type { Shortage } from "../inventory/reserve.ts";
import type { Contact } from "../notifications/contacts.ts";
import { declineSentence } from "../notifications/decline-words.ts";
import type { Goods } from "../orders/edits/write-goods.ts";
import type { OrderSummary, OrderView } from "../orders/find-order.ts";
import { countLines, type LineCounts } from "../orders/fulfilment/count-lines.ts";
import { nothingFulfilled } from "../orders/fulfilment/fulfilment-view.ts";
import { versionOfDraft, versionWhenPlaced } from "../orders/insert-orders.ts";
import { transitions } from "../orders/lifecycle.ts";
import type { ListedOrder } from "../orders/list-orders.ts";
import { shortagesOf } from "../orders/order-history.ts";
import type { PlacedOrder } from "../orders/place-order.ts";
import type { PricedLine } from "../orders/price-orders.ts";
import type { ApiParts } from "./environment.ts";
import { returnJson, shipmentJson, writtenBy } from "./fulfilment-json.ts";
import type { NewOrder } from "./order-requests.ts";
import type { ListedOrderJson, OrderJson, SummaryJson } from "./order-schemas.ts";

/** Who will read it: guests do not see what is between the shop and its operators. */
export type Reader = { isGuest: boolean };

/** An order with its person unsealed. */
type Opened<Order extends OrderSummary> = Omit<Order, "contact"> & {
  contact: SummaryJson["contact"];
};

/** Shows an order as JSON, with what belongs to it besides its rows. */
export async function showOrder(
  parts: Pick<ApiParts, "db" | "contacts">,
  order: OrderView,
  reader: Reader,
): Promise<OrderJson> {
  const json = orderJson(opened(parts, order), reader);
  if (order.status !== "rejected") return json;
  const shortages = (await shortagesOf(parts.db, [order.id])).get(order.id);
  return shortages ? { ...json, shortages: asWritten(order.lines, shortages) } : json;
}

/** Shows an order as lists do, to its shop. */
export function showListed(parts: Pick<ApiParts, "contacts">, order: ListedOrder): ListedOrderJson {
  const json = summaryJson(opened(parts, order), { isGuest: false });
  return { ...json, lineCount: order.lineCount };
}

/** An order that was placed just now, without reading it back. */
export function placedOrder(placed: PlacedOrder, contact: Contact | null, reader: Reader) {
  const { request, ...priced } = placed;
  const { checked_out, placed: drafted } = transitions;
  const order = {
    ...priced,
    adjustments: [...priced.adjustments],
    shopId: request.shop.id,
    status: request.checkout ? checked_out.to : drafted.to,
    closing: null,
    attention: null,
    version: request.checkout ? versionWhenPlaced : versionOfDraft,
    locale: request.locale,
    customerRef: request.customerRef,
    tokenVersion: 1,
    payment: null,
    money: { capturedMinor: 0, refundedMinor: 0, disputed: false },
    fulfilmentStatus: "unfulfilled" as const,
    fulfilment: nothingFulfilled,
  };
  return { order, json: orderJson({ ...order, contact }, reader) };
}

/** Shortages with each SKU as the catalogue writes it, which the order's lines tell. */
function asWritten(lines: readonly PricedLine[], shortages: readonly Shortage[]) {
  const written = new Map(lines.map(({ sku, writtenSku }) => [sku, writtenSku]));
  return shortages.map((each) => ({ ...each, sku: written.get(each.sku) ?? each.sku }));
}

function opened<Order extends OrderSummary>(
  { contacts }: Pick<ApiParts, "contacts">,
  order: Order,
): Opened<Order> {
  return { ...order, contact: order.contact && contacts.open(order.contact) };
}

/** An order as JSON for those who may see it. */
function orderJson(order: Opened<OrderView>, reader: Reader): OrderJson {
  const { shipments, returns } = order.fulfilment;
  const written = writtenBy(order.lines);
  const counts = countLines(order.lines, order.fulfilment);
  const { lines, ...goods } = goodsJson(order);
  return {
    ...summaryJson(order, reader),
    ...goods,
    lines: lines.map((line, index) => ({ ...line, ...(counts[index] as LineCounts) })),
    shipments: shipments.map((shipment) => shipmentJson(shipment, written)),
    returns: returns.map((each) => returnJson(each, written, reader)),
  };
}

/** What an order is for, and what it comes to. */
export function goodsJson(order: Goods) {
  return {
    totalMinor: order.totalMinor,
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
  };
}

function summaryJson(order: Opened<OrderSummary>, { isGuest }: Reader): SummaryJson {
  // Before its stock is held there is another clock: it is nothing to count down to.
  const expiresAt = order.status === "awaiting_payment" ? order.expiresAt : null;
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
    expiresAt: expiresAt?.toISOString() ?? null,
    serverTime: new Date().toISOString(),
    contact: order.contact,
    payment: order.payment && {
      status: order.payment.status,
      ...(order.payment.clientSecret ? { clientSecret: order.payment.clientSecret } : {}),
      ...(order.payment.delayed ? { delayed: true as const } : {}),
      ...(order.payment.declineCode
        ? { declined: declineSentence(order.payment.declineCode, order.locale) }
        : {}),
    },
    paymentStatus: paymentStatusOf(order, isGuest),
    refundedMinor: order.money.refundedMinor,
    fulfilmentStatus: order.fulfilmentStatus,
    ...(isGuest ? {} : { attention: order.attention }),
  };
}

/**
 * What became of the order's money in all; a second payment that went back leaves it paid, and
 * money that does not match pays for nothing. What a bank disputes is between it and the shop.
 */
function paymentStatusOf(
  { money, status, totalMinor }: Pick<OrderSummary, "money" | "status" | "totalMinor">,
  isGuest: boolean,
): SummaryJson["paymentStatus"] {
  const { capturedMinor, refundedMinor, disputed } = money;
  const kept = capturedMinor - refundedMinor;
  if (capturedMinor === 0) return "unpaid";
  if (disputed && !isGuest) return "disputed";
  if (kept === 0) return "refunded";
  if (status === "awaiting_payment") return "unpaid";
  if (kept >= totalMinor) return "paid";
  return refundedMinor > 0 ? "partially_refunded" : "unpaid";
}

/** The person of an order that was placed just now; null for a draft without one. */
export function contactOf({ contact, shippingAddress }: NewOrder): Contact | null {
  if (!contact) return null;
  const { email, phone, name } = contact;
  return {
    email,
    phone: phone ?? null,
    name: name ?? null,
    address: shippingAddress ?? null,
  };
}
