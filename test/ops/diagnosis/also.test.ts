import { expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { type Diagnosis, diagnose } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { allRecorded, later, recorded } from "./recorded.ts";

const codesOf = ({ code, also }: Diagnosis) => [code, ...also.map((each) => each.code)];

/** What is named of a recorded order two hours later, where that is more than one problem. */
const several: Record<string, string[]> = {
  "a-job-keeps-failing": ["hold_overdue", "job_failed"],
  "another-installations-payment": ["foreign_payment", "hold_overdue"],
  declined: ["hold_overdue", "message_late"],
  "paid-a-day-late": ["refund_stuck", "message_late"],
  "paid-twice": ["refund_stuck", "message_late"],
  "payment-cancelled-at-stripe": ["payment_cancelled_at_stripe", "hold_overdue"],
  "payment-not-started": ["hold_overdue", "payment_not_started"],
  "payment-refused": ["payment_refused", "hold_overdue"],
  "refund-asked-for": ["refund_stuck", "message_late"],
  "refund-without-balance": ["refund_stuck", "message_late"],
  "sold-out-while-paying": ["refund_stuck", "message_late"],
  "stripe-does-not-answer": ["stripe_unreachable", "hold_overdue"],
  "stripe-has-no-such-payment": ["payment_missing_at_stripe", "hold_overdue"],
  "writes-stopped": ["writes_stopped", "hold_overdue"],
};

test("of every recorded order each problem is named once", () => {
  const named = Object.entries(allRecorded()).map(([name, facts]) => {
    return [name, codesOf(diagnose(later(facts, 7_200), planOf))] as const;
  });
  const more = named.filter(([, codes]) => codes.length > 1);
  expect(Object.fromEntries(more)).toEqual(several);
});

/** A recorded order to which happened what happened to others, too. */
function besides(name: string, parts: Partial<OrderFacts>): Diagnosis {
  return diagnose(later({ ...recorded(name), ...parts }, 7_200), planOf);
}

test("a message that is late is not the only one where more is the matter", () => {
  const { messages } = recorded("only-the-message-is-late");
  const { also } = besides("bank-disputes", { messages });
  expect(also).toEqual([{ code: "message_late", sentence: expect.stringContaining(": a mail ") }]);
  expect(also[0]?.sentence).not.toContain("only");
});

test("a payment whose confirmation came is not said to be without one", () => {
  const facts = recorded("paid-and-webhook-failed");
  expect(codesOf(diagnose(later(facts, 7_200), planOf))).toEqual(["paid_webhook_failed"]);
  const alone = later({ ...facts, inbox: [] }, 7_200);
  expect(codesOf(diagnose(alone, planOf))).toEqual(["paid_webhook_missing"]);
});

test("a refund that Stripe does not answer for is told once", () => {
  const refunds = recorded("refund-asked-for").refunds.map((refund) => {
    return { ...refund, lastError: "stripe_unreachable: Stripe: no answer.", round: 9 };
  });
  expect(codesOf(besides("paid", { refunds }))).toEqual(["refund_stuck"]);
});

test("what is the matter with parcels and other systems stands beside the rest", () => {
  const { deliveries, events } = recorded("webhook-out-given-up");
  const { messages } = recorded("mail-came-back");
  expect(codesOf(besides("disputed-after-shipping", { deliveries, messages, events }))).toEqual([
    "dispute_open",
    "message_undelivered",
    "webhook_out_failing",
  ]);
  const parcel = besides("a-part-is-shipped", { deliveries, events });
  expect(codesOf(parcel)).toEqual(["webhook_out_failing"]);
});
