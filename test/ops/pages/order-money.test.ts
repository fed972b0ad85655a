import { describe, expect, test } from "vitest";
import { textOf } from "./browsing.ts";
import { before as ago, drawn, facts, waits } from "./example-order.ts";

describe("the money on an order's page", () => {
  test("shows what we say of money given back and disputed beside what Stripe says", () => {
    expect(textOf(drawn())).toMatch(/Money given back £0.00 £0.00 Disputed no no/);
    const [payment] = facts.payments;
    const about = { paymentId: payment?.id ?? "", version: 1, currency: "gbp", reason: "other" };
    const at = { ...waits, createdAt: ago(9), settledAt: null };
    const refunds = (["succeeded", "pending", "requested", "failed"] as const).map(
      (status, nth) => ({
        ...{ ...about, ...at, id: `refund-${nth}`, status, amountMinor: 100, stripeId: null },
        ...{ note: null, actor: "ops:ann", failure: null, provider: "stripe" as const },
        lines: [],
      }),
    );
    // Stripe has nothing to say of it.
    const byHand = { ...refunds[0]!, id: "refund-4", provider: "external" as const };
    const dispute = {
      ...{ ...about, ...at, id: "dp_1", status: "won" as const, amountMinor: 100 },
      ...{ evidenceDueAt: null, openedAt: ago(9), closedAt: ago(1) },
      ...{ isAnswered: true, isInquiry: false },
    };
    const text = textOf(
      drawn({ facts: { ...facts, refunds: [...refunds, byHand], disputes: [dispute] } }),
    );
    expect(text).toMatch(/Money given back £2.00 £0.00 Disputed yes no/);
  });

  test("names what was booked in plain words, each movement once, and folds it", () => {
    const about = { currency: "gbp", at: ago(30) };
    const ledger = [
      { movement: "dispute_lost:dp_1", account: "losses" as const, amountMinor: 500, ...about },
      { movement: "dispute_lost:dp_1", account: "disputed" as const, amountMinor: -500, ...about },
      { movement: "capture:p1", account: "stripe" as const, amountMinor: 5_000, ...about },
      { movement: "capture:p1", account: "sales" as const, amountMinor: -5_000, ...about },
    ];
    const page = drawn({ ledger });
    const text = textOf(page);
    expect(text).toContain("Ledger 2 movements");
    expect(text).toMatch(
      /Dispute lost Disputed, at the bank Lost to disputes 2026-\S+ \S+ UTC £5.00/,
    );
    expect(text).toMatch(/Payment Sales Our balance at Stripe 2026-\S+ \S+ UTC £50.00/);
    expect(text).not.toMatch(/capture:|dispute_lost/);
    expect(page).toContain('<details class="panel" id="ledger">');
  });
});
