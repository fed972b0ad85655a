import { describe, expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose, diagnoses, diagnosisCodes } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import { cases } from "./cases.ts";
import { later, recorded } from "./recorded.ts";

describe("from recorded facts", () => {
  test.each(cases)("$name: $code, $severity", ({ facts, says, act, name: _, ...told }) => {
    const diagnosis = diagnose(facts, planOf);
    expect(diagnosis).toMatchObject({ ...told, sentence: expect.stringMatching(says) });
    expect(diagnosis.sentence).toContain(facts.order.number);
    expect(diagnosis.recommended?.act ?? null).toBe(act);
    for (const { dryRun } of [diagnosis.recommended].filter((each) => each !== null)) {
      expect(dryRun.length).toBeGreaterThan(0);
    }
    if (diagnosis.severity !== "fine") expect(diagnosis.evidence.length).toBeGreaterThan(0);
  });

  test("each diagnosis has a case, a title and a line for the handbook", () => {
    const covered = new Set(cases.map(({ code }) => code));
    expect(diagnosisCodes.filter((code) => !covered.has(code))).toEqual([]);
    for (const { title, handbook } of Object.values(diagnoses)) {
      expect(title).toMatch(/^[A-Z0-9].*[^.]$/);
      expect(handbook).toMatch(/\.$/);
    }
    const titles = Object.values(diagnoses).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test("the three causes of the shops' handbook are told apart", () => {
    const codes = ["stripe-does-not-answer", "paid-and-webhook-failed", "only-the-message-is-late"];
    expect(codes.map((name) => diagnose(later(recorded(name), 7_200), planOf).code)).toEqual([
      "stripe_unreachable",
      "paid_webhook_failed",
      "message_late",
    ]);
  });
});

describe("what a person has dealt with", () => {
  function settled(facts: OrderFacts, secondsFromNow: number): OrderFacts {
    const settledAt = new Date(facts.now.getTime() + secondsFromNow * 1_000);
    const order = { ...facts.order, attention: null, settledAt };
    return { ...later(facts, 3_600), order };
  }

  test("is no problem any more", () => {
    for (const name of ["mail-failed", "refund-failed", "flagged-otherwise", "dispute-lost"]) {
      const facts = recorded(name);
      expect(diagnose(settled(facts, 60), planOf).severity, name).not.toBe("problem");
    }
  });

  test("is waited for as long as it goes on", () => {
    const dispute = settled(recorded("bank-disputes"), 60);
    const { code, severity, recommended } = diagnose(dispute, planOf);
    expect({ code, severity, recommended }).toEqual({
      code: "dispute_open",
      severity: "waiting",
      recommended: null,
    });
  });

  test("calls again two days before a bank's date, and says when that is over", () => {
    const dispute = recorded("bank-disputes");
    const dueIn = (hours: number) => {
      const evidenceDueAt = new Date(dispute.now.getTime() + hours * 3_600_000);
      const disputes = dispute.disputes.map((each) => {
        const openedAt = new Date(dispute.now.getTime() - 100 * 3_600_000);
        return { ...each, openedAt, evidenceDueAt };
      });
      const order = { ...dispute.order, attention: null, settledAt: new Date(dispute.now) };
      order.settledAt.setHours(order.settledAt.getHours() - 50);
      return diagnose({ ...dispute, order, disputes }, planOf);
    };
    expect(dueIn(60)).toMatchObject({ code: "dispute_open", severity: "waiting" });
    expect(dueIn(40)).toMatchObject({ code: "dispute_open", severity: "problem" });
    expect(dueIn(40).sentence).toContain("in Stripe's dashboard within 1 day.");
    expect(dueIn(-72).sentence).toContain("The date to answer was 3 days ago: the bank decides.");
  });

  test("is one again when it happens anew, or was never over", () => {
    expect(diagnose(settled(recorded("refund-failed"), -60), planOf).code).toBe("refund_failed");
    const held = settled(recorded("waiting-for-the-customer"), 3_000);
    expect(diagnose(held, planOf)).toMatchObject({ code: "hold_overdue", severity: "problem" });
  });
});

describe("money that an order has twice", () => {
  /** A captured payment beside the one that the order was paid with. */
  function paidBesides(minor: number): OrderFacts {
    const facts = recorded("paid");
    const [payment] = facts.payments;
    if (!payment) throw new Error("The recorded order was not paid.");
    const extra = { ...payment, id: crypto.randomUUID(), attempt: 2, capturedMinor: minor };
    return { ...facts, payments: [payment, extra] };
  }

  test("is never taken off the list, nor given back from the payment that the order keeps", () => {
    for (const minor of [600, 1_000]) {
      const found = diagnose(paidBesides(minor), planOf);
      expect(found).toMatchObject({ code: "two_payments", severity: "problem" });
      expect(found.atStakeMinor).toBe(minor);
      expect(found.recommended?.act).not.toBe("settle");
    }
  });

  test("goes back from the extra payment, though more is left of the other one", () => {
    const facts = paidBesides(600);
    const extra = facts.payments[1];
    const { recommended } = diagnose(facts, planOf);
    expect(recommended).toMatchObject({
      act: "refund",
      input: { paymentId: extra?.id, amountMinor: 600, reason: "duplicate" },
    });
    expect(recommended?.dryRun[0]).toContain("£6.00 of £6.00");
  });
});

describe("a payment that Stripe refused to open", () => {
  test("is no problem any more once another attempt is open", () => {
    const facts = recorded("payment-refused");
    const waiting = recorded("waiting-for-the-customer").payments.map((payment) => ({
      ...payment,
      attempt: 2,
    }));
    const again = { ...facts, payments: [...facts.payments, ...waiting] };
    expect(again.order.attention).toBe("payment_refused");
    expect(diagnose(again, planOf)).toMatchObject({
      code: "waiting_for_customer",
      severity: "waiting",
    });
  });
});

describe("what Stripe says at this moment", () => {
  test("that it does not answer is said where it leaves something open, and only there", () => {
    const stripe = { state: "unreachable", reason: "There was no answer within 2 s." } as const;
    const open = { ...recorded("waiting-for-the-customer"), stripe };
    expect(diagnose(open, planOf)).toMatchObject({
      code: "stripe_unreachable",
      severity: "waiting",
      sentence: expect.stringContaining("whether the customer has paid can't be said"),
    });
    expect(diagnose({ ...recorded("paid"), stripe }, planOf).code).toBe("nothing_wrong");
  });

  test("a refund that is new to us is shown, with the act that applies it", () => {
    const facts = recorded("paid");
    const refund = {
      ...{ id: "re_new", status: "succeeded" as const, amountMinor: 250, currency: "gbp" },
      ...{ intentId: null, refundId: null, installation: null, failure: null },
      createdAt: facts.now,
    };
    const stripe = { state: "answered" as const, observedAt: "", intents: [], disputes: [] };
    const seen = diagnose({ ...facts, stripe: { ...stripe, refunds: [refund] } }, planOf);
    expect(seen).toMatchObject({ code: "books_differ", severity: "waiting" });
    expect(seen.sentence).toContain("A refund of £2.50 (re_new) is new.");
  });
});

describe("the recommended act", () => {
  test("is one whose own plan says that it is possible, with what it would do", () => {
    const facts = recorded("mail-failed");
    const refuse = () => ({ possible: false as const, code: "no", because: "No." });
    expect(diagnose(facts, refuse).recommended).toBeNull();
    const only = diagnose(facts, (act) =>
      act === "settle" ? { possible: true, effects: ["It is done."] } : refuse(),
    );
    expect(only.recommended).toEqual({ act: "settle", input: {}, dryRun: ["It is done."] });
  });
});
