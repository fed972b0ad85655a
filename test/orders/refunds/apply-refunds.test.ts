import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import type { SeenRefund } from "../../../src/payments/refund.ts";
import { seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();

const kept = { stripe: 1_000, sales: -1_000 };
const givenBack = { stripe: 0, sales: 0 };

async function statusesOf(paying: Paying): Promise<string[]> {
  return (await desk.refundsOf(paying)).map(({ status }) => status);
}

async function refundEventsOf(paying: Paying): Promise<string[]> {
  const events = (await desk.historyOf(paying)).map(({ event }) => event);
  return events.filter((event) => event.startsWith("refund"));
}

async function mailsOf(paying: Paying): Promise<number> {
  const messages = await desk.messagesOf(paying);
  return messages.filter((message) => message === "order_refunded/email").length;
}

/** A refund that was asked for, as Stripe shows it. */
async function asked(paying: Paying, amountMinor = 1_000): Promise<SeenRefund> {
  return seenRefund({ amountMinor, refundId: await desk.refund(paying, amountMinor) });
}

describe("a refund that Stripe has taken", () => {
  test("is booked and told once, however often Stripe shows it", async () => {
    const paying = await desk.sold();
    const seen = await asked(paying, 400);
    for (let times = 0; times < 3; times++) await desk.look(paying, seen);
    expect(await desk.refundsOf(paying)).toMatchObject([
      { status: "succeeded", stripe_id: seen.id, due_at: null, failure: null },
    ]);
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 600, sales: -600 });
    expect(await refundEventsOf(paying)).toEqual(["refund_requested", "refund_succeeded"]);
    expect(await mailsOf(paying)).toBe(1);
    expect((await desk.orderOf(paying)).attention).toBeNull();
  });

  test("and not sent yet is followed to its end, and told of when it was taken", async () => {
    const paying = await desk.sold();
    const seen = await asked(paying);
    await desk.look(paying, { ...seen, status: "pending" });
    const [pending] = await desk.refundsOf(paying);
    expect(pending).toMatchObject({ status: "pending", settled_at: null });
    expect(pending?.due_at).not.toBeNull();
    expect(await desk.ledgerOf(paying)).toEqual(givenBack);
    expect(await mailsOf(paying)).toBe(1);

    await desk.look(paying, seen);
    expect(await desk.refundsOf(paying)).toMatchObject([{ status: "succeeded", due_at: null }]);
    expect(await desk.ledgerOf(paying)).toEqual(givenBack);
    expect(await refundEventsOf(paying)).toEqual([
      "refund_requested",
      "refund_accepted",
      "refund_succeeded",
    ]);
    expect(await mailsOf(paying)).toBe(1);
  });

  test("is not undone by an older look", async () => {
    const paying = await desk.sold();
    const early = await desk.now();
    const seen = await asked(paying);
    await desk.look(paying, seen);
    await desk.lookAt(paying, early, { ...seen, status: "pending" });
    await desk.lookAt(paying, early, { ...seen, status: "failed", failure: "unknown" });
    expect(await statusesOf(paying)).toEqual(["succeeded"]);
    await desk.lookAt(paying, early);
    expect(await statusesOf(paying)).toEqual(["succeeded"]);
  });
});

describe("a refund that fails", () => {
  test.each([
    ["at once", []],
    ["later", ["pending"]],
    ["after it had succeeded", ["succeeded"]],
    ["after it had been on its way and succeeded", ["pending", "succeeded"]],
  ] as const)(
    "%s is booked back, calls for a person, and can be asked for again",
    async (_when, steps) => {
      const paying = await desk.sold();
      const seen = await asked(paying);
      for (const status of steps) await desk.look(paying, { ...seen, status });
      const failed = { ...seen, status: "failed", failure: "lost_or_stolen_card" } as const;
      for (let times = 0; times < 2; times++) await desk.look(paying, failed);
      expect(await desk.refundsOf(paying)).toMatchObject([
        { status: "failed", failure: "lost_or_stolen_card", due_at: null },
      ]);
      expect(await desk.ledgerOf(paying)).toEqual(kept);
      expect((await desk.orderOf(paying)).attention).toBe("refund_failed");
      expect(
        (await refundEventsOf(paying)).filter((event) => event === "refund_failed"),
      ).toHaveLength(1);

      await desk.refunded(paying);
      expect(await desk.ledgerOf(paying)).toEqual(givenBack);
      // The second one is news again, whatever the customer heard of the first.
      expect(await mailsOf(paying)).toBe(steps.length > 0 ? 2 : 1);
    },
  );

  test("because Stripe refuses it is never booked, and calls for a person", async () => {
    const paying = await desk.sold();
    const refundId = await desk.refund(paying);
    for (let times = 0; times < 2; times++) {
      await inTransaction(desk.db, (trx) =>
        failRefunds(trx, desk.settings, [{ refundId, reason: "No balance" }]),
      );
    }
    expect(await desk.refundsOf(paying)).toMatchObject([
      { status: "failed", failure: "No balance", stripe_id: null, due_at: null },
    ]);
    expect(await refundEventsOf(paying)).toEqual(["refund_requested", "refund_failed"]);
    expect((await desk.orderOf(paying)).attention).toBe("refund_failed");
    expect(await desk.ledgerOf(paying)).toEqual(kept);
  });

  test("here, and was made at Stripe all the same, is booked as what it is", async () => {
    const paying = await desk.sold();
    const refundId = await desk.refund(paying, 600);
    await inTransaction(desk.db, (trx) =>
      failRefunds(trx, desk.settings, [{ refundId, reason: "a mistake" }]),
    );
    const seen = seenRefund({ amountMinor: 600, refundId });
    for (let times = 0; times < 2; times++) await desk.look(paying, seen);
    expect(await statusesOf(paying)).toEqual(["failed", "succeeded"]);
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 400, sales: -400 });
  });
});

describe("a refund that somebody made in Stripe's dashboard", () => {
  test("is booked once, named for what it is, and told to the customer", async () => {
    const paying = await desk.sold();
    const seen = seenRefund({ amountMinor: 250 });
    for (let times = 0; times < 3; times++) await desk.look(paying, seen);
    expect(await desk.refundsOf(paying)).toMatchObject([
      { status: "succeeded", reason: "made_at_stripe", actor: "stripe", amount_minor: 250 },
    ]);
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 750, sales: -750 });
    expect(await mailsOf(paying)).toBe(1);
  });

  test("is told apart from ours, also when both bear the same stamp", async () => {
    const paying = await desk.sold();
    const ours = await asked(paying, 300);
    const twin = seenRefund({ amountMinor: 300, refundId: ours.refundId });
    await desk.look(paying, ours, twin, seenRefund({ amountMinor: 100 }));
    await desk.look(paying, twin, ours);
    const rows = await desk.refundsOf(paying);
    expect(rows.map(({ reason }) => reason).sort()).toEqual([
      "damaged",
      "made_at_stripe",
      "made_at_stripe",
    ]);
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 300, sales: -300 });
  });

  test("and failed before we looked was never booked, and calls for a person", async () => {
    const paying = await desk.sold();
    await desk.look(paying, seenRefund({ status: "failed", failure: "declined" }));
    expect(await desk.ledgerOf(paying)).toEqual(kept);
    expect((await desk.orderOf(paying)).attention).toBe("refund_failed");
    expect(await mailsOf(paying)).toBe(0);
  });

  test("seen by many at once is one row and one mail", async () => {
    const paying = await desk.sold();
    const seen = seenRefund({ amountMinor: 250 });
    await Promise.all(Array.from({ length: 20 }, () => desk.look(paying, seen)));
    expect(await desk.refundsOf(paying)).toHaveLength(1);
    expect(await mailsOf(paying)).toBe(1);
  });
});
