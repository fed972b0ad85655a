import { describe, expect, test } from "vitest";
import { findOrder } from "../../../src/orders/find-order.ts";
import type { SeenDispute } from "../../../src/payments/dispute.ts";
import { lookAtDisputes, momentIn, seenDispute, seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";

const desk = useRefundDesk();

/** The bank gives the money of a dispute back. */
function reinstated({ id, moved, ...dispute }: SeenDispute): SeenDispute {
  const back = { id: `txn_back_${id}`, amountMinor: 1_000, feeMinor: 0, currency: "gbp" };
  return { ...dispute, id, moved: [...moved, back] };
}

async function disputeEventsOf(paying: Paying): Promise<string[]> {
  const events = (await desk.historyOf(paying)).map(({ event }) => event);
  return events.filter((event) => event.startsWith("dispute"));
}

async function moneyOf({ orderId }: Paying) {
  return (await findOrder(desk.db, orderId))?.money;
}

const taken = { stripe: -1_500, sales: -1_000, fees: 1_500, disputed: 1_000 };

describe("a dispute", () => {
  test("is in the timeline, calls for a person, and moves the money and its fee once", async () => {
    const paying = await desk.sold();
    const dispute = seenDispute({ evidenceDueAt: new Date("2030-01-01") });
    for (let times = 0; times < 3; times++) await desk.lookAtDisputes(paying, dispute);
    expect(await disputeEventsOf(paying)).toEqual(["dispute_opened"]);
    const [event] = (await desk.historyOf(paying)).filter(
      ({ event }) => event === "dispute_opened",
    );
    expect(event?.detail).toEqual({
      ...{ disputeId: dispute.id, amountMinor: 1_000, currency: "gbp", reason: "fraudulent" },
    });
    expect((await desk.orderOf(paying)).attention).toBe("dispute_opened");
    expect(await desk.ledgerOf(paying)).toEqual(taken);
    expect(await moneyOf(paying)).toEqual({
      ...{ capturedMinor: 1_000, refundedMinor: 0, disputed: true },
    });
    const [row] = await desk.db
      .selectFrom("disputes")
      .selectAll()
      .where("id", "=", dispute.id)
      .execute();
    expect(row).toMatchObject({ status: "open", evidence_due_at: new Date("2030-01-01") });
    expect(row?.due_at).not.toBeNull();
  });

  test("that is won brings the money back, but not the fee", async () => {
    const paying = await desk.sold();
    const dispute = seenDispute({});
    await desk.lookAtDisputes(paying, dispute);
    await desk.lookAtDisputes(paying, { ...dispute, status: "won" });
    // The verdict is known a little before the money is back.
    expect(await desk.ledgerOf(paying)).toEqual(taken);
    const won = reinstated({ ...dispute, status: "won" });
    for (let times = 0; times < 2; times++) await desk.lookAtDisputes(paying, won);
    expect(await desk.ledgerOf(paying)).toEqual({
      ...{ stripe: -500, sales: -1_000, fees: 1_500, disputed: 0 },
    });
    expect(await disputeEventsOf(paying)).toEqual(["dispute_opened", "dispute_won"]);
    expect((await moneyOf(paying))?.disputed).toBe(false);
    await desk.refunded(paying);
  });

  test("that is lost is a loss, also where it was over before we looked", async () => {
    for (const steps of [["open", "lost", "lost"], ["lost"]] as const) {
      const paying = await desk.sold();
      const dispute = seenDispute({});
      for (const status of steps) await desk.lookAtDisputes(paying, { ...dispute, status });
      expect(await desk.ledgerOf(paying)).toEqual({
        ...{ stripe: -1_500, sales: -1_000, fees: 1_500, disputed: 0, losses: 1_000 },
      });
      expect(await disputeEventsOf(paying)).toEqual(
        steps.length > 1 ? ["dispute_opened", "dispute_lost"] : ["dispute_lost"],
      );
      expect((await moneyOf(paying))?.disputed).toBe(true);
    }
  });

  test("that is lost and won after all is no loss, and one that is lost again is", async () => {
    const paying = await desk.sold();
    const dispute = seenDispute({ status: "lost" });
    await desk.lookAtDisputes(paying, dispute);
    for (let times = 0; times < 2; times++) {
      await desk.lookAtDisputes(paying, { ...dispute, status: "won" });
      expect(await desk.ledgerOf(paying)).toEqual({ ...taken, losses: 0 });
    }
    const won = reinstated({ ...dispute, status: "won" });
    await desk.lookAtDisputes(paying, won);
    expect(await desk.ledgerOf(paying)).toMatchObject({ stripe: -500, disputed: 0, losses: 0 });
    expect((await moneyOf(paying))?.disputed).toBe(false);

    const again = { id: `txn_again_${won.id}`, amountMinor: -1_000, feeMinor: 0, currency: "gbp" };
    const lost = { ...won, status: "lost" as const, moved: [...won.moved, again] };
    for (let times = 0; times < 2; times++) await desk.lookAtDisputes(paying, lost);
    expect(await desk.ledgerOf(paying)).toEqual({ ...taken, disputed: 0, losses: 1_000 });
    expect(await disputeEventsOf(paying)).toEqual(["dispute_lost", "dispute_won", "dispute_lost"]);
  });

  test("that is only an inquiry blocks no refund, and one that grows into more does", async () => {
    const paying = await desk.sold();
    const inquiry = seenDispute({ status: "inquiry", moved: [] });
    await desk.lookAtDisputes(paying, inquiry);
    expect((await desk.orderOf(paying)).attention).toBe("dispute_opened");
    expect((await moneyOf(paying))?.disputed).toBe(false);
    await desk.refunded(paying, 400);
    await desk.lookAtDisputes(paying, { ...seenDispute({}), id: inquiry.id });
    await expect(desk.refund(paying, 100)).rejects.toMatchObject({ code: "dispute_open" });
    const details = (await desk.historyOf(paying)).flatMap(({ event, detail }) =>
      event === "dispute_opened" ? [detail["inquiry"]] : [],
    );
    expect(details).toEqual([true, undefined]);
  });

  test("that is lost before its money was listed is a loss as soon as it is", async () => {
    const paying = await desk.sold();
    const lost = seenDispute({ status: "lost" });
    await desk.lookAtDisputes(paying, { ...lost, moved: [] });
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 1_000, sales: -1_000 });
    await desk.lookAtDisputes(paying, lost);
    expect(await desk.ledgerOf(paying)).toMatchObject({ losses: 1_000, disputed: 0 });
  });

  test("is over when it is over, whatever an older look says, until the bank goes on", async () => {
    const paying = await desk.sold();
    const { paymentId, intent } = paying;
    const dispute = seenDispute({});
    const observedAt = await momentIn(desk.db);
    await desk.lookAtDisputes(paying, reinstated({ ...dispute, status: "won" }));
    await lookAtDisputes(desk.db, { paymentId, intentId: intent.id, observedAt }, dispute);
    expect(await disputeEventsOf(paying)).toEqual(["dispute_won"]);
    expect((await moneyOf(paying))?.disputed).toBe(false);

    await desk.lookAtDisputes(paying, dispute);
    expect(await disputeEventsOf(paying)).toEqual(["dispute_won", "dispute_opened"]);
    await expect(desk.refund(paying, 100)).rejects.toMatchObject({ code: "dispute_open" });
  });

  test("of which no money was taken is open, and costs nothing", async () => {
    const paying = await desk.sold();
    await desk.lookAtDisputes(paying, seenDispute({ moved: [] }));
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 1_000, sales: -1_000 });
    expect((await moneyOf(paying))?.disputed).toBe(true);
  });

  test("ends a refund that was on its way, and both stand in the books", async () => {
    const paying = await desk.sold();
    const pending = seenRefund({
      amountMinor: 400,
      status: "pending",
      refundId: await desk.refund(paying, 400),
    });
    await desk.look(paying, pending);
    await desk.lookAtDisputes(paying, seenDispute({}));
    const failure = "charge_for_pending_refund_disputed";
    await desk.look(paying, { ...pending, status: "failed", failure });
    expect(await desk.ledgerOf(paying)).toEqual(taken);
  });

  test("seen by many at once is one row, booked once", async () => {
    const paying = await desk.sold();
    const dispute = seenDispute({});
    await Promise.all(Array.from({ length: 20 }, () => desk.lookAtDisputes(paying, dispute)));
    expect(await disputeEventsOf(paying)).toEqual(["dispute_opened"]);
    expect(await desk.ledgerOf(paying)).toEqual(taken);
  });
});
