import { describe, expect, test } from "vitest";
import { judgeAll } from "../../../src/orders/paying/judge-intent.ts";
import type { PaymentRow } from "../../../src/orders/paying/payment-rows.ts";
import type { Intent } from "../../../src/payments/intent.ts";
import { plainIntent } from "../../support/plain-intent.ts";

const hour = 3_600;
const ids = { paymentId: "payment", orderId: "order" };

/** A payment by a slow method, whose order has ended meanwhile. */
function onItsWay(processingSeconds: number): PaymentRow {
  return {
    ...{ ...ids, status: "processing", version: 1, round: 0, amountMinor: 1_000, currency: "gbp" },
    ...{ intentId: "pi_1", secretStored: true, observedAt: "1", processingSeconds },
    ...{ otherCaptured: false, orderNumber: "A", orderStatus: "expired", closing: null },
    ...{ orderTotalMinor: 1_000, isYoung: true, paidAsAnother: false },
  };
}

function judge(row: PaymentRow, seen: Partial<Intent> = {}) {
  const intent: Intent = {
    ...{ id: "pi_1", status: "processing", amountMinor: 1_000, currency: "gbp", capturedMinor: 0 },
    ...{ livemode: false, clientSecret: null, ...ids, installation: "ours" },
    ...plainIntent(),
    ...seen,
  };
  const ours = { installation: "ours", livemode: false };
  const rules = { PROCESSING_HOURS: { "*": 72 } };
  const observation = { paymentId: "payment", intent, observedAt: "2" };
  const rows = new Map([[row.paymentId, row]]);
  const [verdict] = judgeAll(rows, new Map([[row.paymentId, observation]]), ours, rules);
  return verdict;
}

describe("a payment that is on its way", () => {
  test.each([
    ["each hour", 0, hour],
    ["once its time is over", 72 * hour - 60, 60],
    ["each hour after that, too: its bank may take days", 72 * hour, hour],
    ["each hour however late it is", 300 * hour, hour],
  ])("is looked at %s", (_when, processingSeconds, pause) => {
    expect(judge(onItsWay(processingSeconds))?.next.processingPause).toBe(pause);
  });
});

test("a payment that got on without our secret can be left open, and is not forgotten", () => {
  const row: PaymentRow = { ...onItsWay(0), secretStored: false };
  const verdict = judge(row, { status: "needs_payment" });
  expect(verdict).toMatchObject({ changed: true, next: { status: "pending" } });
});
