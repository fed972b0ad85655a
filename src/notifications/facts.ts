import type { Address } from "./contacts.ts";
import type { MessageTemplate } from "./lifecycle.ts";
import type { Locale } from "./locales/dictionaries.ts";

/** Everything that a message may say about an order. Amounts are minor units of `currency`. */
export type MessageFacts = {
  shopName: string;
  orderNumber: string;
  orderId: string;
  locale: Locale;
  currency: string;
  lines: MessageLine[];
  adjustments: MessageAdjustment[];
  totalMinor: number;
  contactName: string | null;
  address: Address | null;
  /** Where the customer continues the same payment. It carries the order's token. */
  payUrl: string | null;
  expiresAt: Date | null;
  /** An IANA name, such as Europe/Berlin. UTC when it is left out; always named in the text. */
  timeZone?: string;
  shortages: MessageShortage[];
  /** A machine's code, such as insufficient_funds. Customers read it in plain words. */
  declineReason: string | null;
  /** The customer cancelled, but the payment was faster. */
  cancelledTooLate: boolean;
  /** The payment came when the order was over already, and everything could be held again. */
  revived: boolean;
  /** The order ended without Stripe's word that nothing is charged: money may still come. */
  moneyMayCome: boolean;
  /** What becomes of the money of a cancelled order; null when nobody had paid for it. */
  cancellation: { refund: "full" | "none"; refundMinor: number | null } | null;
  /** The money that goes back, when the message tells of that. */
  refund: MessageRefund | null;
  /** The parcel that the message tells of. */
  parcel: MessageParcel | null;
  /** The goods that the message is about, where it is about some of them. */
  part: MessagePart[];
};

export type MessageParcel = {
  carrier: string;
  trackingNumber: string | null;
  trackingUrl: string | null;
  /** Nothing is left to ship after it. */
  isLast: boolean;
};

type MessagePart = { sku: string; name: string; quantity: number };

/** In a currency of its own: a payment that did not match may have come in another. */
export type MessageRefund = {
  amountMinor: number;
  currency: string;
  /** A machine's code, such as requested_by_customer. Customers read it in plain words. */
  reason: string | null;
  /** All of the payment goes back. */
  whole: boolean;
  /** What went wrong when the refund was nobody's wish. */
  apology: Apology | null;
};

export type Apology = "late_money" | "second_payment" | "amount_mismatch";

export type MessageLine = {
  sku: string;
  name: string;
  quantity: number;
  unitPriceMinor: number;
  totalMinor: number;
};

/** Added to the goods or taken off them: a discount is negative. */
type MessageAdjustment = {
  kind: "shipping" | "discount" | "tax";
  name: string;
  amountMinor: number;
};

type MessageShortage = { sku: string; name: string; requested: number; available: number };

/** The messages that are also sent by SMS. */
const smsTemplates = [
  "order_paid",
  "order_shipped",
  "order_cancelled",
  "order_refunded",
  "pay_link",
] as const;
export type SmsTemplate = (typeof smsTemplates)[number];

export function isTexted(template: MessageTemplate): template is SmsTemplate {
  return smsTemplates.some((texted) => texted === template);
}
