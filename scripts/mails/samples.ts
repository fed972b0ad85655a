import type { MessageFacts, MessageParcel, MessageRefund } from "../../src/notifications/facts.ts";
import type { MessageTemplate } from "../../src/notifications/lifecycle.ts";
import type { Locale } from "../../src/notifications/locales/dictionaries.ts";

/** One way that a message can come out, and what leads to it. */
export type Sample = { what: string; special: Partial<MessageFacts> };

const wholeRefund: MessageRefund = {
  amountMinor: 8_697,
  currency: "gbp",
  reason: null,
  whole: true,
  apology: null,
};
const back = (special: Partial<MessageRefund>): Partial<MessageFacts> => ({
  refund: { ...wholeRefund, ...special },
});

const shortages = [
  { sku: "LAMP-1", name: "Reading lamp, brass", requested: 3, available: 1 },
  { sku: "CUP-BLUE", name: "Cup with a blue rim", requested: 12, available: 0 },
];

const part = [{ sku: "CUP-BLUE", name: "Cup with a blue rim", quantity: 1 }];

/** Everything that each message may have to say. A template without samples does not compile. */
export const samples: Record<MessageTemplate, readonly Sample[]> = {
  order_paid: [
    { what: "paid", special: {} },
    { what: "the cancellation came too late", special: { cancelledTooLate: true } },
    { what: "the payment came late", special: { revived: true } },
  ],
  order_rejected: [{ what: "out of stock", special: { shortages } }],
  order_expired: [
    { what: "nobody paid", special: {} },
    { what: "money may still come", special: { moneyMayCome: true } },
  ],
  order_cancelled: [
    { what: "nobody had paid", special: {} },
    { what: "money may still come", special: { moneyMayCome: true } },
    { what: "the money goes back", special: cancelled("full", 8_697) },
    { what: "it had gone back before", special: cancelled("full", 0) },
    { what: "no refund was agreed", special: cancelled("none", null) },
  ],
  order_shipped: [
    { what: "all of it, tracked", special: parcel({ trackingUrl: "https://track.example/RM1" }) },
    { what: "a part, without a link", special: parcel({ isLast: false }) },
    { what: "not tracked", special: parcel({ carrier: "Our van", trackingNumber: null }) },
  ],
  lines_cancelled: [
    { what: "the money goes back", special: { ...cancelled("full", 799), part } },
    { what: "it had gone back before", special: { ...cancelled("full", 0), part } },
    { what: "no refund was agreed", special: { ...cancelled("none", null), part } },
  ],
  order_refunded: [
    { what: "in full", special: back({ reason: "requested_by_customer" }) },
    { what: "in part", special: back({ whole: false, amountMinor: 799, reason: "damaged" }) },
    { what: "late money", special: back({ apology: "late_money" }) },
    { what: "paid twice", special: back({ apology: "second_payment" }) },
    { what: "another amount", special: back({ apology: "amount_mismatch" }) },
  ],
  payment_problem: [
    { what: "not enough money", special: payable("insufficient_funds") },
    { what: "no reason, and over", special: { declineReason: "generic_decline" } },
  ],
  pay_link: [
    { what: "to be paid", special: payable(null) },
    { what: "over", special: {} },
  ],
};

function cancelled(refund: "full" | "none", refundMinor: number | null): Partial<MessageFacts> {
  return { cancellation: { refund, refundMinor } };
}

function parcel(special: Partial<MessageParcel>): Partial<MessageFacts> {
  const tracked = { carrier: "Royal Mail", trackingNumber: "RM 1234 5678 9GB", trackingUrl: null };
  return { part, parcel: { ...tracked, isLast: true, ...special } };
}

function payable(declineReason: string | null): Partial<MessageFacts> {
  const payUrl = "https://shop.example/pay?order=01990000-0000-7000-8000-000000000000#sample-token";
  return { payUrl, declineReason, expiresAt: new Date("2026-11-23T14:30:00Z") };
}

/** An order as all samples share it, in one language. */
export function sampleOrder(locale: Locale, { special }: Sample): MessageFacts {
  return {
    shopName: "Aurora Home",
    orderNumber: "4Q7K-9M2X-P0TZ",
    orderId: "01990000-0000-7000-8000-000000000000",
    locale,
    currency: "gbp",
    lines: [
      line("LAMP-1", "Reading lamp, brass", 2, 2_450),
      line("CUP-BLUE", "Cup with a blue rim and a name that takes its time", 4, 799),
    ],
    adjustments: [
      { kind: "shipping", name: "", amountMinor: 501 },
      { kind: "discount", name: "Autumn", amountMinor: -1_000 },
      { kind: "tax", name: "", amountMinor: 1_100 },
    ],
    totalMinor: 8_697,
    contactName: "Anna Whitfield",
    address: { line1: "14 Rope Walk", city: "Bristol", postalCode: "BS1 6ZJ", country: "GB" },
    payUrl: null,
    expiresAt: null,
    shortages: [],
    declineReason: null,
    cancelledTooLate: false,
    revived: false,
    moneyMayCome: false,
    cancellation: null,
    refund: wholeRefund,
    parcel: null,
    part: [],
    ...special,
  };
}

function line(sku: string, name: string, quantity: number, unitPriceMinor: number) {
  return { sku, name, quantity, unitPriceMinor, totalMinor: quantity * unitPriceMinor };
}
