import { describe, expect, test } from "vitest";
import type { ClaimedMessage } from "../../src/notifications/claim-messages.ts";
import { messageFacts } from "../../src/notifications/message-facts.ts";

type Detail = ClaimedMessage["detail"];

const contact = { email: "ada@example.com", phone: null, name: "Ada", address: null };

/** What a message may say, given what the history says about its event. */
function factsOf(template: ClaimedMessage["template"], detail: Detail) {
  const message: ClaimedMessage = {
    id: "01990000-0000-7000-8000-000000000001",
    orderId: "01990000-0000-7000-8000-000000000000",
    template,
    channel: "email",
    tries: 1,
    unknowns: 0,
    shopName: "Aurora Home",
    orderNumber: "4Q7K-9M2X-P0TZ",
    locale: "en",
    currency: "gbp",
    totalMinor: 5_699,
    tokenVersion: 1,
    expiresAt: null,
    payable: false,
    contact: null,
    lines: [],
    adjustments: [],
    detail,
  };
  return messageFacts(message, contact, () => "https://shop.example/pay");
}

describe("the facts of a message", () => {
  test("have no refund, no cancellation and no late payment unless its event tells of one", () => {
    for (const template of ["order_paid", "order_cancelled", "order_refunded"] as const) {
      const nothing = { refund: null, cancellation: null, revived: false };
      expect(factsOf(template, {})).toMatchObject(nothing);
    }
  });

  test("tell of a refund what its event says", () => {
    const refund = { amountMinor: 700, currency: "usd", reason: "damaged", whole: false };
    const refundId = "01990000-0000-7000-8000-000000000002";
    const told = factsOf("order_refunded", { refundId, ...refund, apology: null });
    expect(told.refund).toEqual({ ...refund, apology: null });
    const late = factsOf("order_refunded", { amountMinor: 5_699, apology: "late_money" });
    expect(late.refund).toMatchObject({ currency: "gbp", reason: null, apology: "late_money" });
  });

  test("tell of a cancellation what becomes of the money", () => {
    const cancelled = (detail: Detail) => factsOf("order_cancelled", detail).cancellation;
    expect(cancelled({ refund: "full", refundMinor: 5_699 })).toEqual({
      refund: "full",
      refundMinor: 5_699,
    });
    expect(cancelled({ refund: "none" })).toEqual({ refund: "none", refundMinor: null });
    expect(cancelled({ refund: null, refundMinor: null })).toBeNull();
  });

  test.each([
    ["stripe_unreachable", true],
    ["still_processing", true],
    ["amount_mismatch", false],
    [undefined, false],
  ])("tell, of an end because of %s, that money may come: %s", (because, moneyMayCome) => {
    const detail = because === undefined ? {} : { because };
    for (const template of ["order_expired", "order_cancelled"] as const) {
      expect(factsOf(template, detail)).toMatchObject({ moneyMayCome });
    }
  });

  test("tell that a late payment brought the order back", () => {
    expect(factsOf("order_paid", { revived: true })).toMatchObject({ revived: true });
  });
});
