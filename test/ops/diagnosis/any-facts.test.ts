import fc from "fast-check";
import { expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose, diagnosisCodes } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { orderStatuses } from "../../../src/orders/lifecycle.ts";
import { allRecorded, later } from "./recorded.ts";

const all = Object.values(allRecorded());

/** Any of the recorded orders, for each part of the facts its own. */
const part = fc.constantFrom(...all);
const flags = [
  ...["second_payment", "dispute_lost", "payment_refused", "start_refund_keeps_failing"],
  ...["foreign_intent", "second_intent", "refunded_at_stripe", "payment_cancelled_at_stripe"],
];
const dates = fc.option(
  fc.integer({ min: -100_000, max: 100_000 }).map((ms) => new Date(Date.now() + ms * 1_000)),
);

const mixed: fc.Arbitrary<OrderFacts> = fc
  .record({
    base: part,
    ...{ payments: part, refunds: part, disputes: part, messages: part, inbox: part },
    ...{ events: part, holds: part, breaks: part, stripe: part, jobs: part },
    ...{ fulfilment: part, keptGoods: part, deliveries: part },
    status: fc.constantFrom(...orderStatuses),
    closing: fc.option(fc.constantFrom("expired" as const, "cancelled" as const)),
    attention: fc.option(fc.constantFrom(...flags, "something_new")),
    ...{ expiresAt: dates, heldAt: dates, settledAt: dates },
    seconds: fc.integer({ min: -3_600, max: 40 * 24 * 3_600 }),
  })
  .map(({ base, status, closing, attention, expiresAt, heldAt, settledAt, seconds, ...parts }) => {
    const order = { ...base.order, status, closing, attention, expiresAt, heldAt, settledAt };
    const taken = Object.entries(parts).map(([name, facts]) => [name, facts[name as "payments"]]);
    return later({ ...base, order, ...Object.fromEntries(taken) }, seconds);
  });

test("every order has a diagnosis, whatever is true of it, and always the same", () => {
  fc.assert(
    fc.property(mixed, (facts) => {
      const diagnosis = diagnose(facts, planOf);
      expect(diagnosisCodes).toContain(diagnosis.code);
      expect(diagnosis.sentence).toMatch(/^Order .*\S$/);
      expect(diagnosis.sentence).not.toMatch(/undefined|null|NaN|Invalid|(?<!\w)-\d/);
      expect(diagnosis.atStakeMinor).toBeGreaterThanOrEqual(0);
      expect(diagnosis.evidence.every(({ what }) => !/undefined|NaN/.test(what))).toBe(true);
      expect(diagnose(facts, planOf)).toEqual(diagnosis);
    }),
    { numRuns: 2_000 },
  );
});

test("what else is the matter is never said twice, nor against what stands above it", () => {
  fc.assert(
    fc.property(mixed, (facts) => {
      const { code, sentence, also } = diagnose(facts, planOf);
      const codes = [code, ...also.map((each) => each.code)];
      const said = [sentence, ...also.map((each) => each.sentence)];
      expect(new Set(codes).size).toBe(codes.length);
      expect(new Set(said).size).toBe(said.length);
      expect(also.filter((each) => /\bonly\b/.test(each.sentence))).toEqual([]);
      const { attention } = facts.order;
      if (codes.includes("attention_other")) expect(attention).toBe("something_new");
      const isPaid = codes.some((each) => each.startsWith("paid_webhook_"));
      if (isPaid) expect(codes).not.toContain("hold_overdue");
    }),
    { numRuns: 2_000 },
  );
});
