import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { payByForce } from "../../../src/orders/operators/pay-by-force.ts";
import { settleOrder } from "../../../src/orders/operators/settle-order.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { captured, type Paying, type Placed } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt, cancel, sellOut } = ordersAt(desk);

const force = ({ orderId }: Placed) =>
  inTransaction(desk.db, (trx) =>
    payByForce(trx, desk.settings, {
      ...{ orderId, reference: "till 7, slip 1234", note: null, actor: "ops:ann" },
    }),
  );

describe("money that Stripe takes besides", () => {
  test("is a second payment, and goes back in full", async () => {
    const paying = await desk.payable();
    await force(paying);
    await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({
      ...{ status: "paid", attention: "second_payment" },
    });
    expect(await desk.refundsOf(paying)).toMatchObject([
      { reason: "second_payment", amount_minor: 1_000, payment_id: paying.paymentId },
    ]);
    expect(await desk.ledgerOf(paying)).toEqual({ external: 1_000, stripe: 1_000, sales: -2_000 });
  });

  test("can be given back by a person though the order was paid elsewhere", async () => {
    const paying = await desk.payable();
    await force(paying);
    await desk.apply(paying, captured);
    const [refund] = await desk.refundsOf(paying);
    const failures = [{ refundId: refund?.id ?? "", reason: "refused" }];
    await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
    await desk.refund(paying);
    expect((await desk.refundsOf(paying)).at(-1)).toMatchObject({
      ...{ payment_id: paying.paymentId, status: "requested" },
    });
    // Nothing is left of that: what else was paid Stripe does not have.
    expect(await desk.ask(paying)).toMatchObject({ error: { code: "paid_elsewhere" } });
  });

  test.each([false, true])(
    "and does not match goes back, also where a person has looked: %s",
    async (isSettled) => {
      const paying = await orderAt("under review");
      const act = { orderId: paying.orderId, actor: "ops:ann" };
      if (isSettled) await inTransaction(desk.db, (trx) => settleOrder(trx, act));
      await force(paying);
      expect(await desk.refundsOf(paying)).toMatchObject([
        { reason: "amount_mismatch", amount_minor: 900, payment_id: paying.paymentId },
      ]);
    },
  );

  test("and could not go back stands in the way of an order that has ended", async () => {
    const paying = await orderAt("expired");
    await sellOut(paying);
    await desk.apply(paying, captured);
    const [refund] = await desk.refundsOf(paying);
    const failures = [{ refundId: refund?.id ?? "", reason: "refused" }];
    await inTransaction(desk.db, (trx) => failRefunds(trx, desk.settings, failures));
    await expect(force(paying)).rejects.toMatchObject({ code: "money_not_returned" });
  });
});

describe("money that did not come through Stripe", () => {
  async function forced(): Promise<Paying> {
    const paying = await desk.payable();
    await force(paying);
    return paying;
  }

  test("is not asked back of Stripe: the refusal says where it is", async () => {
    const paying = await forced();
    expect(await desk.ask(paying)).toMatchObject({
      outcome: "refused",
      error: { code: "paid_elsewhere", message: expect.stringContaining("till 7, slip 1234") },
    });
    expect(await desk.ask(paying, { amountMinor: 100 })).toMatchObject({ outcome: "refused" });
    expect(await desk.refundsOf(paying)).toEqual([]);
  });

  test("stays where it is when the order is cancelled without a refund", async () => {
    const paying = await forced();
    await cancel(paying.orderId, "full");
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid" });
    await cancel(paying.orderId, "none");
    expect(await desk.orderOf(paying)).toMatchObject({ status: "cancelled" });
    expect(await desk.ledgerOf(paying)).toEqual({ external: 1_000, sales: -1_000 });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
  });

  test("goes on record at once when it was given back by hand, in parts and by lines", async () => {
    const paying = await forced();
    const parts = [{ amountMinor: 200 }, { lines: [{ sku: paying.sku, quantity: 1 }] }, {}];
    const hints = [];
    for (const part of parts) {
      const answer = await desk.askWith(paying, { ...part, byHand: true });
      expect(answer.results).toMatchObject([{ outcome: "requested", replayed: false }]);
      hints.push(...answer.hints);
    }
    // Nobody asks Stripe, nobody waits, and the customer has the money in hand.
    expect(hints).toEqual([]);
    expect(await desk.refundsOf(paying)).toMatchObject(
      [200, 500, 300].map((amount_minor) => ({
        ...{ amount_minor, status: "succeeded", provider: "external" },
        ...{ stripe_id: null, due_at: null, settled_at: expect.any(Date) },
      })),
    );
    expect(await desk.ledgerOf(paying)).toEqual({ external: 0, sales: 0 });
    const told = (await desk.historyOf(paying)).slice(-3);
    expect(told.map(({ event }) => event)).toEqual(Array(3).fill("refund_succeeded"));
    expect(told[0]?.detail).toMatchObject({ reference: "till 7, slip 1234", amountMinor: 200 });
    expect(await desk.messagesOf(paying)).not.toContain("order_refunded/email");
    expect(await desk.ask(paying, { byHand: true })).toMatchObject({
      error: { code: "nothing_left_to_refund" },
    });
  });

  test("was given back once however often one key says so, and never more than came", async () => {
    const paying = await forced();
    const wish = desk.wishOf(paying, { amountMinor: 600, byHand: true });
    for (let times = 0; times < 2; times++) await desk.ask(paying, wish);
    expect(await desk.amountsOf(paying)).toEqual([600]);
    expect(await desk.ask(paying, { amountMinor: 401, byHand: true })).toMatchObject({
      error: { code: "refund_too_large" },
    });
  });

  test("lets the order be cancelled in full once it was given back, also after that", async () => {
    const paying = await forced();
    await desk.ask(paying, { byHand: true });
    await cancel(paying.orderId, "full");
    expect(await desk.orderOf(paying)).toMatchObject({ status: "cancelled" });
    const cancelled = await forced();
    await cancel(cancelled.orderId, "none");
    await desk.ask(cancelled, { byHand: true });
    expect(await desk.ledgerOf(cancelled)).toEqual({ external: 0, sales: 0 });
  });

  test("is given back by hand only where it came by hand", async () => {
    const paying = await desk.sold();
    await desk.ask(paying, { byHand: true });
    expect(await desk.refundsOf(paying)).toMatchObject([
      { status: "requested", provider: "stripe" },
    ]);
  });
});
