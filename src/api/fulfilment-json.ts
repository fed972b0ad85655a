import type { ReturnView, ShipmentView } from "../orders/fulfilment/fulfilment-view.ts";
import type { PricedLine } from "../orders/price-orders.ts";
import type { ReturnJson, ShipmentJson } from "./fulfilment-schemas.ts";
import type { Reader } from "./order-json.ts";

export function shipmentJson(
  { id, carrier, trackingNumber, trackingUrl, shippedAt, lines }: ShipmentView,
  written: WrittenSkus,
): ShipmentJson {
  return {
    ...{ id, carrier, trackingNumber, trackingUrl },
    lines: lines.map(({ sku, quantity }) => ({ sku: written(sku), quantity })),
    shippedAt: new Date(shippedAt).toISOString(),
  };
}

export function returnJson(
  { id, refundId, note, returnedAt, lines }: ReturnView,
  written: WrittenSkus,
  { isGuest }: Reader,
): ReturnJson {
  return {
    id,
    lines: lines.map(({ sku, quantity, restock }) => ({ sku: written(sku), quantity, restock })),
    ...(isGuest ? {} : { refundId, note }),
    returnedAt: new Date(returnedAt).toISOString(),
  };
}

type WrittenSkus = (sku: string) => string;

/** Each SKU as the catalogue writes it, which the order's lines tell. */
export function writtenBy(lines: readonly PricedLine[]): WrittenSkus {
  const written = new Map(lines.map(({ sku, writtenSku }) => [sku, writtenSku]));
  return (sku) => written.get(sku) ?? sku;
}
