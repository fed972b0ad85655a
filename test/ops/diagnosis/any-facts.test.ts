import { readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose, diagnosisCodes } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { orderStatuses } from "../../../src/orders/lifecycle.ts";
import { later, recorded } from "./recorded.ts";

const names = readdirSync(path.join(import.meta.dirname, "recorded")).map((file) =>
  file.replace(".json", ""),
);
const all = names.map(recorded);

/** Any of the recorded orders, for each part of the facts its own. */
const part = fc.constantFrom(...all);
const flags = ["second_payment", "dispute_lost", "payment_refused", "start_refund_keeps_failing"];
const dates = fc.option(
  fc.integer({ min: -100_000, max: 100_000 }).map((ms) => new Date(Date.now() + ms * 1_000)),
);

const mixed: fc.Arbitrary<OrderFacts> = fc
  .record({
    base: part,
    ...{ payments: part, refunds: part, disputes: part, messages: part, inbox: part },
    ...{ events: part, holds: part, breaks: part, stripe: part, jobs: part },
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
