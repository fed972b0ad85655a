import type { Contact } from "../../../src/notifications/contacts.ts";
import type { Diagnosis } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { orderPage } from "../../../src/ops/pages/order/order-page.ts";
import { nothingFulfilled } from "../../../src/orders/fulfilment/fulfilment-view.ts";

/** Pages are drawn from facts alone: these are of an order that stands at one fixed moment. */
const now = new Date("2026-11-26T12:00:00Z");
export const before = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

/** What a hostile customer, shop or supplier might have us show. */
const hostile = `"><script>alert('x')</script>&`;

export const waits = { dueAt: null, round: 0, lastError: null, failingSince: null };
const orderId = "019abc00-1111-7222-8333-123456789abc";
export const messageId = "019abc00-3333-7222-8333-123456789abc";
const paymentId = "019abc00-2222-7222-8333-123456789abc";

export const facts: OrderFacts = {
  now,
  order: {
    ...waits,
    ...{ id: orderId, shopId: "shop", shopName: hostile, number: "4Q7K-9M2X-P0TZ" },
    ...{ status: "awaiting_payment", closing: null, attention: null, version: 7 },
    ...{ currency: "gbp", totalMinor: 5_000, locale: "en", customerRef: hostile, tokenVersion: 1 },
    ...{ placedAt: before(340), expiresAt: before(-1_505), heldAt: before(338) },
    ...{ paysByLink: false, settledAt: null, capturedMinor: 0, refundedMinor: 0 },
    hasPhone: true,
    contact: { key_id: "k1", sealed: Buffer.from("sealed") },
  },
  lines: [{ sku: "mug", writtenSku: hostile, name: hostile, quantity: 2, unitPriceMinor: 2_500 }],
  adjustments: [],
  events: [
    {
      ...{ seq: 1, event: "placed", from: null, to: "draft", actor: "key:pk_1", detail: {} },
      at: before(340),
    },
    {
      ...{ seq: 2, event: "stock_reserved", from: "reserving", to: "awaiting_payment" },
      ...{ actor: "reservation", detail: {}, at: before(338) },
    },
  ],
  payments: [
    {
      ...waits,
      ...{ id: paymentId, attempt: 1, version: 3, status: "pending", provider: "stripe" },
      ...{ reference: null, amountMinor: 5_000, currency: "gbp", askedAt: before(337) },
      ...{ intentId: "pi_1", secretStoredAt: before(336), capturedMinor: 0 },
      ...{ capturedCurrency: null, capturedAt: null, method: "card", processingSince: null },
      ...{ observedAt: before(200), createdAt: before(338), orderId },
      declines: [{ chargeId: "ch_1", code: hostile, declineCode: null, at: before(200) }],
    },
  ],
  refunds: [],
  disputes: [],
  fulfilment: nothingFulfilled,
  keptGoods: [],
  holds: [
    {
      ...{ id: "hold", sku: "mug", location: "main", quantity: 2, status: "held" },
      ...{ createdAt: before(338), changedAt: before(338) },
    },
  ],
  staffMessages: [],
  deliveries: [
    {
      ...waits,
      ...{ id: "019abc00-7777-7222-8333-123456789abc", version: 1, seq: 1, kind: "event" },
      ...{ endpointId: "019abc00-8888-7222-8333-123456789abc", endpointStatus: "enabled" },
      ...{ host: "erp.example", status: "failed", tries: 15, httpStatus: 500 },
      ...{ reason: hostile, createdAt: before(300), claimedAt: before(200), endedAt: before(200) },
      replayOf: null,
    },
  ],
  messages: [
    {
      ...waits,
      lastError: `The box of ada@example.com is full. ${hostile}`,
      ...{ id: messageId, seq: 2, template: "payment_problem", channel: "email" },
      ...{ status: "pending", tries: 2, unknowns: 0, claimedAt: null, sentAt: null },
      ...{
        providerId: null,
        reason: null,
        createdAt: before(190),
        resendOf: null,
        ...{ delivery: null, deliveryAt: null, deliveryReason: null, deliveryToldAt: null },
      },
    },
  ],
  inbox: [
    {
      ...waits,
      ...{ id: "evt_1", source: "webhook", type: "payment_intent.payment_failed" },
      ...{ topic: "intent", intentId: "pi_1", paymentId, status: "applied" },
      ...{ receivedAt: before(199), settledAt: before(190) },
    },
  ],
  breaks: [],
  acts: [
    {
      ...{ id: "act", actor: "ops:ann", act: "extend_hold", subject: null, reason: hostile },
      ...{ outcome: {}, at: before(90) },
    },
  ],
  kin: [],
  jobs: [
    {
      ...{ queue: "status", id: "apply_event-evt_1-1-0", kind: "apply_event", rowId: "evt_1" },
      rows: 1,
      ...{ state: "failed", failedReason: hostile, attemptsMade: 3 },
      ...{ addedAt: before(59), finishedAt: before(57) },
    },
  ],
  stripe: {
    state: "answered",
    observedAt: before(2).toISOString(),
    intents: [
      {
        paymentId,
        intent: {
          ...{ id: "pi_1", status: "captured", amountMinor: 5_000, currency: "gbp" },
          ...{ capturedMinor: 5_000, livemode: false, clientSecret: null, orderId: null },
          ...{ paymentId: null, installation: null, createdAt: before(336), method: "card" },
          ...{ fee: null, refundedMinor: 0, disputed: false, declines: [] },
        },
      },
    ],
    refunds: [],
    disputes: [],
  },
  writesStopped: null,
  holdMaxMinutes: 120,
};

export const diagnosis: Diagnosis = {
  code: "paid_webhook_missing",
  severity: "problem",
  sentence: "Order 4Q7K-9M2X-P0TZ: £50.00 was paid at Stripe, and no word of it came.",
  evidence: [{ what: hostile, at: before(60) }],
  since: before(60),
  also: [],
  atStakeMinor: 5_000,
  recommended: { act: "check", input: {}, dryRun: ["The order becomes paid."] },
};

export const person: Contact = {
  email: "ada@example.com",
  phone: "+447700900123",
  name: hostile,
  address: { line1: hostile, city: "London", country: "GB" },
};

/** The page of the order, as an operator who may act sees it; with changes. */
export function drawn(changes: Partial<Parameters<typeof orderPage>[0]> = {}): string {
  return String(
    orderPage({
      ...{ facts, diagnosis, person, ledger: [], mayAct: true },
      offers: {
        recommended: { act: "check", input: {}, title: "Check in Stripe", dryRun: [hostile] },
        others: [{ act: "cancel", title: "Cancel the order" }],
      },
      jobAddress: ({ queue, id }) => `/ops/queues/queue/${queue}/${id}`,
      ...changes,
    }),
  );
}
