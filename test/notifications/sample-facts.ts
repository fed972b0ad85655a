import type {
  MessageFacts,
  MessageLine,
  MessageParcel,
  MessageRefund,
} from "../../src/notifications/facts.ts";

/** An order as messages see it; a test says what is special about its own. */
export function sampleFacts(special: Partial<MessageFacts> = {}): MessageFacts {
  const lines = special.lines ?? [
    line("LAMP-1", "Reading lamp", 2, 2_450),
    line("CUP", "Cup", 1, 799),
  ];
  const adjustments = special.adjustments ?? [];
  return {
    shopName: "Aurora Home",
    orderNumber: "4Q7K-9M2X-P0TZ",
    orderId: "01990000-0000-7000-8000-000000000000",
    locale: "en",
    currency: "GBP",
    lines,
    adjustments,
    totalMinor:
      lines.reduce((sum, each) => sum + each.totalMinor, 0) +
      adjustments.reduce((sum, each) => sum + each.amountMinor, 0),
    contactName: "Anna Whitfield",
    address: { line1: "14 Rope Walk", city: "Bristol", postalCode: "BS1 6ZJ", country: "GB" },
    payUrl: "https://shop.example/pay?order=0199#token",
    expiresAt: new Date("2026-11-23T14:30:00Z"),
    shortages: [],
    declineReason: null,
    cancelledTooLate: false,
    revived: false,
    moneyMayCome: false,
    cancellation: null,
    refund: refund(),
    parcel: parcel(),
    part: lines.map(({ sku, name, quantity }) => ({ sku, name, quantity })),
    ...special,
  };
}

/** All that was paid for the sample order, unless a test says otherwise. */
export function refund(special: Partial<MessageRefund> = {}): MessageRefund {
  const whole = { amountMinor: 5_699, currency: "GBP", reason: null, whole: true, apology: null };
  return { ...whole, ...special };
}

/** All of the sample order in one parcel, unless a test says otherwise. */
export function parcel(special: Partial<MessageParcel> = {}): MessageParcel {
  const tracked = { carrier: "Royal Mail", trackingNumber: "RM 1234 5678 9GB" };
  return { ...tracked, trackingUrl: null, isLast: true, ...special };
}

export function line(
  sku: string,
  name: string,
  quantity: number,
  unitPriceMinor: number,
): MessageLine {
  return { sku, name, quantity, unitPriceMinor, totalMinor: quantity * unitPriceMinor };
}

/** What a reader sees of a mail's HTML, its hidden preview left out. */
export function seen(html: string): string {
  return html
    .replace(/<head>[\s\S]*<\/head>/, "")
    .replace(/<div style="display:none[\s\S]*?<\/div>/, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&nbsp;/g, " ")
    .replace(/&amp;/g, "&");
}
