import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { type CancelRequest, cancelOrders } from "../../../src/orders/cancel-order.ts";
import { dice } from "../../support/dice.ts";
import { seenDispute, seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";

const desk = useRefundDesk();

function cancelWish({ orderId }: Paying, wish: Partial<CancelRequest> = {}): CancelRequest {
  return {
    orderId,
    shopId: desk.shop.id,
    idempotencyKey: randomUUID(),
    fingerprint: Buffer.from(orderId),
    actor: "key:test",
    refund: "full",
    isGuest: false,
    ...wish,
  };
}

async function cancel(...wishes: readonly CancelRequest[]) {
  const { results } = await inTransaction(desk.db, (trx) =>
    cancelOrders(trx, desk.settings, wishes),
  );
  return results;
}
const cancelled = { outcome: "cancelled", replayed: false };

/** The customer may no longer cancel by themselves. */
async function grow({ paymentId }: Paying): Promise<void> {
  const seconds = desk.settings.SELF_CANCEL_MINUTES * 60 + 1;
  await sql`UPDATE payments SET captured_at = now() - make_interval(secs => ${seconds})
    WHERE id = ${paymentId}`.execute(desk.db);
}

async function expectUntouched(paying: Paying): Promise<void> {
  expect(await desk.orderOf(paying)).toMatchObject({ status: "paid" });
  expect((await stockOf(desk.db, paying.sku)).reserved).toBe(2);
  expect(await desk.refundsOf(paying)).toEqual([]);
}

describe("cancelling an order that is paid and not shipped", () => {
  test("frees its goods and asks for all of its money, in one transaction", async () => {
    const paying = await desk.sold();
    expect(await cancel(cancelWish(paying))).toEqual([cancelled]);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "cancelled", due_at: null });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
    const holds = await desk.db
      .selectFrom("holds")
      .select("status")
      .where("order_id", "=", paying.orderId)
      .execute();
    expect(holds).toEqual([{ status: "released" }]);
    expect(await desk.refundsOf(paying)).toMatchObject([
      { reason: "order_cancelled", amount_minor: 1_000, status: "requested" },
    ]);
    const [event] = (await desk.historyOf(paying)).slice(-1);
    expect(event).toEqual({
      event: "cancelled_after_payment",
      detail: { refund: "full", refundMinor: 1_000 },
    });
  });

  test("tells the customer once: with the cancellation, not again with its refund", async () => {
    const paying = await desk.sold();
    await cancel(cancelWish(paying));
    const [row] = await desk.refundsOf(paying);
    await desk.look(paying, seenRefund({ refundId: row?.id ?? "" }));
    expect(await desk.messagesOf(paying)).not.toContain("order_refunded/email");
    expect(await desk.messagesOf(paying)).toContain("order_cancelled/email");
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 0, sales: 0 });
  });

  test("keeps the money where the shop says so, and frees the goods all the same", async () => {
    const paying = await desk.sold();
    expect(await cancel(cancelWish(paying, { refund: "none" }))).toEqual([cancelled]);
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
    expect(await desk.refundsOf(paying)).toEqual([]);
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 1_000, sales: -1_000 });
    // It may still be given back later.
    await desk.refunded(paying, 500);
  });

  test("gives back what is left after earlier refunds, be it nothing", async () => {
    for (const [amounts, left] of [
      [[300], 700],
      [[1_000], 0],
    ] as const) {
      const paying = await desk.sold();
      for (const amount of amounts) await desk.refunded(paying, amount);
      expect(await cancel(cancelWish(paying))).toEqual([cancelled]);
      const [event] = (await desk.historyOf(paying)).slice(-1);
      expect(event?.detail).toEqual({ refund: "full", refundMinor: left });
      const sum = (await desk.refundsOf(paying)).reduce(
        (all, { amount_minor }) => all + amount_minor,
        0,
      );
      expect(sum).toBe(1_000);
    }
  });

  test("needs a word on its money", async () => {
    const paying = await desk.sold();
    for (const isGuest of [true, false]) {
      expect(await cancel(cancelWish(paying, { refund: null, isGuest }))).toMatchObject([
        { outcome: "refused", error: { code: "order_is_paid", faults: [{ field: "refund" }] } },
      ]);
    }
    await expectUntouched(paying);
  });

  test("is for customers only in full, and only for a while", async () => {
    const paying = await desk.sold();
    expect(await cancel(cancelWish(paying, { refund: "none", isGuest: true }))).toMatchObject([
      { outcome: "refused", error: { code: "refund_is_due" } },
    ]);
    await grow(paying);
    expect(await cancel(cancelWish(paying, { isGuest: true }))).toMatchObject([
      { outcome: "refused", error: { code: "order_is_paid" } },
    ]);
    await expectUntouched(paying);
    expect(await cancel(cancelWish(paying))).toEqual([cancelled]);

    const fresh = await desk.sold();
    expect(await cancel(cancelWish(fresh, { isGuest: true }))).toEqual([cancelled]);
  });

  test.each([
    ["open", "dispute_open"],
    ["lost", "dispute_lost"],
  ] as const)("gives no money back that a bank has: %s", async (status, code) => {
    const paying = await desk.sold();
    await desk.lookAtDisputes(paying, seenDispute({ status }));
    expect(await cancel(cancelWish(paying))).toMatchObject([
      { outcome: "refused", error: { code } },
    ]);
    await expectUntouched(paying);
    expect(await cancel(cancelWish(paying, { refund: "none" }))).toEqual([cancelled]);
  });

  test("is one cancellation for the same key, and for twins in one batch", async () => {
    const paying = await desk.sold();
    const wish = cancelWish(paying);
    expect(await cancel(wish, wish)).toEqual([cancelled, { ...cancelled, replayed: true }]);
    expect(await cancel(wish)).toEqual([{ ...cancelled, replayed: true }]);
    expect(await desk.refundsOf(paying)).toHaveLength(1);
  });

  test("refuses twins in one batch alike", async () => {
    const paying = await desk.sold();
    const wish = cancelWish(paying, { refund: "none", isGuest: true });
    const refused = { outcome: "refused", error: { code: "refund_is_due" } };
    expect(await cancel(wish, wish)).toMatchObject([refused, refused]);
    await expectUntouched(paying);
  });
});

describe("a cancellation and refunds at the same time", () => {
  test("never give back more than was captured, 20 times", async () => {
    for (let round = 0; round < 20; round++) {
      const random = dice();
      const hint = `seed ${random.seed}`;
      const paying = await desk.sold();
      const acts = [
        ...Array.from(
          { length: 5 },
          () => () => desk.ask(paying, { amountMinor: 1 + random.below(400) }),
        ),
        ...Array.from({ length: 2 }, () => () => cancel(cancelWish(paying))),
      ];
      await Promise.all(random.shuffled(acts).map((act) => act()));
      expect((await desk.orderOf(paying)).status, hint).toBe("cancelled");
      const rows = await desk.refundsOf(paying);
      expect(
        rows.reduce((sum, { amount_minor }) => sum + amount_minor, 0),
        hint,
      ).toBe(1_000);
      expect(rows.filter(({ reason }) => reason === "order_cancelled").length, hint).toBe(1);
      const history = (await desk.historyOf(paying)).map(({ event }) => event);
      expect(
        history.filter((event) => event === "cancelled_after_payment"),
        hint,
      ).toHaveLength(1);
      expect((await stockOf(desk.db, paying.sku)).reserved, hint).toBe(0);
    }
  });
});
