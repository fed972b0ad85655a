import type { ClaimedMessage } from "./claim-messages.ts";
import type { Contact } from "./contacts.ts";
import type { MessageFacts, MessageParcel, MessageRefund } from "./facts.ts";

/** The link by which a customer comes back to an order and goes on with its payment. */
export type LinkTo = (order: { id: string; tokenVersion: number }) => string;

/** Why an order has ended though Stripe did not say that no money can come. */
const unconfirmed = ["stripe_unreachable", "still_processing"];

/** What a message may say, from its row, the order's history and the opened contact. */
export function messageFacts(
  message: ClaimedMessage,
  contact: Contact,
  linkTo: LinkTo,
): MessageFacts {
  const names = new Map(
    message.lines.map(({ sku, name, writtenSku }) => [sku, { name, writtenSku }]),
  );
  const { detail } = message;
  return {
    shopName: message.shopName,
    orderNumber: message.orderNumber,
    orderId: message.orderId,
    locale: message.locale,
    currency: message.currency,
    totalMinor: message.totalMinor,
    lines: message.lines.map(({ writtenSku, name, quantity, unitPriceMinor }) => ({
      sku: writtenSku,
      name,
      quantity,
      unitPriceMinor,
      totalMinor: quantity * unitPriceMinor,
    })),
    adjustments: message.adjustments,
    contactName: contact.name,
    address: contact.address,
    payUrl: message.payable
      ? linkTo({ id: message.orderId, tokenVersion: message.tokenVersion })
      : null,
    expiresAt: message.payable ? message.expiresAt : null,
    shortages: (detail.shortages ?? []).map(({ sku, requested, available }) => ({
      sku: names.get(sku)?.writtenSku ?? sku,
      name: names.get(sku)?.name ?? sku,
      requested,
      available,
    })),
    declineReason: detail.declineCode ?? detail.code ?? null,
    cancelledTooLate: detail.cancelledTooLate ?? false,
    revived: detail.revived ?? false,
    moneyMayCome: unconfirmed.some((because) => because === detail.because),
    cancellation: detail.refund
      ? { refund: detail.refund, refundMinor: detail.refundMinor ?? null }
      : null,
    refund: refundOf(message),
    parcel: parcelOf(message),
    part: partOf(message),
  };
}

function parcelOf({ detail }: ClaimedMessage): MessageParcel | null {
  const { carrier, trackingNumber = null, trackingUrl = null, left = 0 } = detail;
  if (carrier === undefined) return null;
  return { carrier, trackingNumber, trackingUrl, isLast: left === 0 };
}

function partOf({ lines, detail }: ClaimedMessage): MessageFacts["part"] {
  const known = new Map(lines.map((line) => [line.sku, line]));
  return (detail.lines ?? []).map(({ sku, quantity }) => {
    const { writtenSku = sku, name = sku } = known.get(sku) ?? {};
    return { sku: writtenSku, name, quantity };
  });
}

function refundOf({ template, detail, currency }: ClaimedMessage): MessageRefund | null {
  if (template !== "order_refunded" || detail.amountMinor === undefined) return null;
  return {
    amountMinor: detail.amountMinor,
    currency: detail.currency ?? currency,
    reason: detail.reason ?? null,
    whole: detail.whole ?? false,
    apology: detail.apology ?? null,
  };
}
