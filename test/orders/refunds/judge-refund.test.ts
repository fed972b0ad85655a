import { describe, expect, test } from "vitest";
import { judgeRefund, type RefundedPayment } from "../../../src/orders/refunds/judge-refund.ts";
import type { SeenRefund } from "../../../src/payments/refund.ts";

function paymentWith(status: "requested" | "pending" | "succeeded" | "failed"): RefundedPayment {
  const stripeId = status === "requested" ? null : "re_1";
  const money = { amountMinor: 400, currency: "gbp", reason: "duplicate" };
  const known = { id: "refund", status, ...money, stripeId, observedAt: "2" };
  const about = { paymentId: "payment", orderId: "order", orderNumber: "A", capturedMinor: 1_000 };
  return { ...about, refunds: [known] };
}

function seen(status: SeenRefund["status"]): SeenRefund {
  return {
    ...{ id: "re_1", status, amountMinor: 400, currency: "gbp", intentId: "pi_1" },
    ...{ refundId: "refund", installation: "ours", failure: null, createdAt: new Date(0) },
  };
}

describe("a look at a refund", () => {
  test("winds its clock anew as long as it is on its way", () => {
    const change = judgeRefund(paymentWith("pending"), seen("pending"), "3");
    expect(change).toMatchObject({ from: "pending", status: "pending", observedAt: "3" });
  });

  test.each(["succeeded", "failed"] as const)(
    "says nothing new of one that %s before",
    (status) => {
      expect(judgeRefund(paymentWith(status), seen(status), "3")).toBeNull();
    },
  );

  test("that is older than the last one says nothing", () => {
    expect(judgeRefund(paymentWith("pending"), seen("pending"), "1")).toBeNull();
    expect(judgeRefund(paymentWith("pending"), seen("succeeded"), "1")).toBeNull();
  });
});
