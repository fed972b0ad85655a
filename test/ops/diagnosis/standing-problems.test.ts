import { describe, expect, test } from "vitest";
import { planOf } from "../../../src/ops/acts/acts.ts";
import { diagnose } from "../../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../../src/ops/facts/facts.ts";
import type { DisputeFact } from "../../../src/ops/facts/money-facts.ts";
import { later, recorded } from "./recorded.ts";

function withDispute(name: string, changes: Partial<DisputeFact>): OrderFacts {
  const facts = later(recorded(name), 3_600);
  return { ...facts, disputes: facts.disputes.map((each) => ({ ...each, ...changes })) };
}

describe("an order with several problems", () => {
  const failed = recorded("mail-failed");
  const disputed = recorded("bank-disputes");
  const messages = failed.messages.map((each) => ({ ...each, seq: 99 }));
  const both = { ...disputed, messages };

  test("names all of them, each with its sentence", () => {
    const { code, also } = diagnose(both, planOf);
    expect(code).toBe("dispute_open");
    expect(also).toEqual([
      { code: "mail_failed", sentence: expect.stringContaining("could not be sent") },
    ]);
    expect(diagnose(recorded("paid"), planOf).also).toEqual([]);
  });

  test("does not name what is only waited for, nor what is dealt with", () => {
    const order = { ...both.order, settledAt: later(failed, 60).now };
    expect(diagnose({ ...both, order }, planOf)).toMatchObject({ severity: "waiting", also: [] });
  });
});

describe("a dispute", () => {
  test("that was answered in Stripe's dashboard is waited for", () => {
    const found = diagnose(withDispute("bank-disputes", { isAnswered: true }), planOf);
    expect(found).toMatchObject({ code: "dispute_open", severity: "waiting" });
    expect(found.sentence).toContain(
      "It was answered in Stripe's dashboard: now the bank decides.",
    );
  });

  test("without a date is to be answered, without a time that nobody said", () => {
    const found = diagnose(withDispute("bank-disputes", { evidenceDueAt: null }), planOf);
    expect(found.sentence).toMatch(
      /Answer it in Stripe's dashboard\. Nothing ships until it is closed\.$/,
    );
  });

  test("that was but an inquiry is not told as won", () => {
    const rested = { status: "won", isInquiry: true } as const;
    expect(diagnose(withDispute("dispute-lost", rested), planOf).sentence).toContain(
      "inquiry about £10.00 is over; the bank only asked, and let it rest; nothing was taken.",
    );
    const won = withDispute("dispute-lost", { status: "won" });
    expect(diagnose(won, planOf).sentence).toContain("is over; it was won.");
  });

  test("is told by the one that ended last", () => {
    const facts = withDispute("dispute-lost", {});
    const [lost] = facts.disputes;
    if (!lost) throw new Error("The recorded order has no dispute.");
    const before = new Date((lost.closedAt?.getTime() ?? 0) - 60_000);
    const won = { ...lost, id: "dp_2", status: "won" as const, closedAt: before };
    const disputes = [lost, won];
    expect(diagnose({ ...facts, disputes }, planOf).sentence).toContain("it was lost");
  });
});

describe("a refund that failed", () => {
  test("leaves nothing to pay where the bank has taken the money back since", () => {
    const facts = recorded("refund-failed");
    const [payment] = facts.payments;
    const [dispute] = recorded("dispute-lost").disputes;
    if (!payment || !dispute) throw new Error("The recorded orders have no money.");
    const disputes = [{ ...dispute, paymentId: payment.id }];
    const found = diagnose({ ...facts, disputes }, planOf);
    expect(found).toMatchObject({ code: "refund_failed", atStakeMinor: 0 });
    expect(found.sentence).toContain("Their bank has given them £10.00 by a dispute since.");
    expect(found.recommended?.act).toBe("settle");
  });
});

describe("a mail that was refused", () => {
  const facts = recorded("mail-failed");
  const [mail] = facts.messages.filter(({ channel }) => channel === "email");
  const alone = (order: object, reason: string) => ({
    ...facts,
    order: { ...facts.order, ...order },
    messages: [{ ...(mail ?? expect.fail("There is no mail.")), reason }],
  });
  const input = { messageId: mail?.id };

  test("goes by SMS where there is a phone, since it would be refused again", () => {
    const { recommended } = diagnose(alone({ hasPhone: true }, "No such mailbox."), planOf);
    expect(recommended).toMatchObject({ act: "resend", input: { ...input, channel: "sms" } });
  });

  test("is for a person where there is none, since nothing else reaches the customer", () => {
    const { recommended } = diagnose(alone({ hasPhone: false }, "No such mailbox."), planOf);
    expect(recommended?.act).toBe("settle");
  });

  test("goes once more by mail where its outcome was unknown, with a phone or without", () => {
    for (const hasPhone of [true, false]) {
      const { recommended } = diagnose(alone({ hasPhone }, "unknown 3 times: no answer"), planOf);
      expect(recommended).toEqual({ act: "resend", input, dryRun: expect.anything() });
    }
  });

  test.each(["mail-failed", "sms-failed"])("is not sent again once they were told: %s", (name) => {
    const { sentence, recommended } = diagnose(recorded(name), planOf);
    expect(sentence).toMatch(/They were told by (SMS|mail)\.$/);
    expect(recommended?.act).toBe("settle");
  });

  test("is what nobody told them, where they know of a later one", () => {
    const facts = recorded("mail-failed");
    const [mail] = facts.messages.filter(({ channel }) => channel === "email");
    if (!mail) throw new Error("There is no mail among the facts.");
    const earlier = { ...mail, id: "earlier", template: "order_shipped" as const, seq: 9 };
    const messages = [earlier, ...facts.messages];
    const { sentence, recommended } = diagnose({ ...facts, messages }, planOf);
    expect(sentence).toContain('the mail "order shipped" (and 1 more) could not be sent');
    expect(sentence).not.toContain("They were told");
    expect(recommended).toMatchObject({ act: "resend", input: { messageId: "earlier" } });
  });
});
