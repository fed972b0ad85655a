import { describe, expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { later, recorded } from "./recorded.ts";

const minute = 60;
const hour = 3_600;

/** The recorded facts, so many seconds later, with the first failure so many seconds ago. */
function failing(seconds: number, failedSeconds: number): OrderFacts {
  const facts = later(recorded("stripe-does-not-answer"), seconds);
  const failingSince = new Date(facts.now.getTime() - failedSeconds * 1_000);
  // It was started once: whether the customer has paid can't be read now.
  const payments = facts.payments.map((each) => {
    return { ...each, status: "pending" as const, failingSince };
  });
  return { ...facts, payments };
}

describe("how long Stripe has not answered", () => {
  test("is counted from the first failure, not from the payment's beginning", () => {
    const once = diagnose(failing(25 * minute, 5), planOf);
    expect(once).toMatchObject({ code: "stripe_unreachable", severity: "waiting" });
    expect(once.sentence).toContain("has waited for it for 5 seconds.");
    const long = diagnose(failing(25 * minute, 3 * minute), planOf);
    expect(long).toMatchObject({ code: "stripe_unreachable", severity: "problem" });
    expect(long.sentence).toContain("has waited for it for 3 minutes.");
    expect(long.since).toEqual(long.evidence[0]?.at);
  });

  test("is not told of a time that nobody recorded", () => {
    const facts = failing(25 * minute, 0);
    const payments = facts.payments.map((each) => ({ ...each, failingSince: null }));
    expect(diagnose({ ...facts, payments }, planOf).severity).toBe("waiting");
  });

  test("is how long a job that failed for good has failed", () => {
    const facts = later(recorded("a-job-keeps-failing"), minute);
    const [failed] = [...facts.payments, ...facts.refunds, facts.order].flatMap((each) => {
      return each.failingSince ?? [];
    });
    expect(diagnose(facts, planOf)).toMatchObject({ code: "job_failed", since: failed });
  });
});

describe("a hold past its time", () => {
  test("has one clock, for what is said, shown and counted", () => {
    const open = later(recorded("waiting-for-the-customer"), 40 * minute);
    const end = open.order.expiresAt;
    expect(diagnose(open, planOf)).toMatchObject({ code: "hold_overdue", since: end });
    expect(diagnose(open, planOf).evidence[0]).toMatchObject({ at: end });

    const closing = later(recorded("cancelled-while-payable"), 3 * hour);
    const { heldAt } = closing.order;
    const most = new Date((heldAt?.getTime() ?? 0) + closing.holdMaxMinutes * 60_000);
    const found = diagnose(closing, planOf);
    expect(found).toMatchObject({ code: "hold_overdue", since: most });
    expect(found.evidence[0]).toEqual({
      what: "The longest time that goods are held was over (2 hours).",
      at: most,
    });
    expect(found.sentence).toMatch(/should have ended (59 minutes|1 hour) ago/);
  });
});

describe("money that is on its way", () => {
  test("keeps no order waiting that has ended", () => {
    const facts = later(recorded("bank-debit"), hour);
    expect(diagnose(facts, planOf).sentence).toContain("The order waits for it.");
    const order = { ...facts.order, status: "expired" as const, closing: null };
    expect(diagnose({ ...facts, order }, planOf).sentence).toContain(
      "The order has ended: money that still comes brings it back, or goes back.",
    );
  });
});
