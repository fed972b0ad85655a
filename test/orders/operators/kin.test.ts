import { describe, expect, test } from "vitest";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { copiesAt, type PayableTwins } from "./copies.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { again, force, standing, twins, heldTwins, payableTwins } = copiesAt(desk);
const { cancel, sellOut } = ordersAt(desk);

const paid = { status: "paid", closing: null, refunds: [] };
const cancelled = { status: "cancelled", closing: null, refunds: [] };
const paidBack = { ...cancelled, refunds: ["second_payment"] };

/** Both ways by which an order that was copied can be paid after all. */
const ways = {
  "late money": (old: Paying) => desk.apply(old, captured),
  force: (old: Paying) => force(old),
} as const;

describe.each(["late money", "force"] as const)(
  "an order that was copied and is paid by %s",
  (way) => {
    test("ends its copy before goods are held for it, and says why", async () => {
      const { old, copy } = await twins();
      await ways[way](old);
      expect(await standing(old)).toEqual(paid);
      expect(await standing(copy)).toEqual(cancelled);
      const { number } = await desk.orderOf(old);
      const because = { because: "paid_as_another", orderId: old.orderId, number };
      expect((await desk.historyOf(copy)).at(-1)).toEqual({ event: "cancelled", detail: because });
    });

    test("ends at once a copy that nobody could pay yet, and frees its goods", async () => {
      const { old, copy } = await heldTwins();
      await ways[way](old);
      expect(await standing(copy)).toEqual(cancelled);
      expect((await stockOf(desk.db, old.sku)).reserved).toBe(2);
    });

    test("shuts at Stripe a copy that can be paid", async () => {
      const { old, copy } = await payableTwins();
      await ways[way](old);
      expect(await standing(copy)).toMatchObject({ closing: "cancelled" });
      const { number } = await desk.orderOf(old);
      const detail = {
        closing: "cancelled",
        because: "paid_as_another",
        orderId: old.orderId,
        number,
      };
      expect((await desk.historyOf(copy)).at(-1)).toEqual({ event: "closing", detail });
      await desk.apply(copy, { status: "cancelled" });
      expect(await standing(copy)).toEqual(cancelled);
      expect((await stockOf(desk.db, old.sku)).reserved).toBe(2);
    });

    test.each([{}, { capturedMinor: 600 }])(
      "gives the copy's money back where the customer was faster than Stripe's cancel: %o",
      async (seen) => {
        const { old, copy } = await payableTwins();
        await ways[way](old);
        await desk.apply(copy, { ...captured, ...seen });
        expect(await standing(old)).toEqual(paid);
        expect(await standing(copy)).toEqual(paidBack);
        expect(await desk.messagesOf(copy)).not.toContain("order_paid/email");
        expect((await stockOf(desk.db, old.sku)).reserved).toBe(2);
      },
    );

    test("gives the copy's money back also where it comes after the copy's end", async () => {
      const { old, copy } = await payableTwins();
      await ways[way](old);
      await desk.apply(copy, { status: "cancelled" });
      await desk.apply(copy, captured);
      expect(await standing(copy)).toEqual(paidBack);
    });

    test("closes a copy whose money is on its way, and gives that back if it comes", async () => {
      const { old, copy } = await payableTwins();
      await desk.apply(copy, { status: "processing" });
      await ways[way](old);
      expect(await standing(copy)).toMatchObject({ closing: "cancelled" });
      await desk.apply(copy, captured);
      expect(await standing(copy)).toEqual(paidBack);
    });

    test("gives back what had come for the copy and did not match", async () => {
      const { old, copy } = await payableTwins();
      await desk.apply(copy, { ...captured, capturedMinor: 600 });
      await ways[way](old);
      expect(await standing(copy)).toMatchObject({ status: "cancelled", closing: null });
      expect(await desk.amountsOf(copy)).toEqual([600]);
    });

    test("closes the copy of its copy, too", async () => {
      const { old, copy } = await heldTwins();
      await cancel(copy.orderId, null);
      const second = await again(copy);
      await ways[way](old);
      expect(await standing({ ...copy, orderId: second.orderId })).toEqual(cancelled);
    });
  },
);

describe("an order whose copy is paid", () => {
  async function paidTwins(): Promise<PayableTwins> {
    const both = await payableTwins();
    await desk.apply(both.copy, captured);
    return both;
  }

  test("gives its own late money back, as a second payment", async () => {
    const { old, copy } = await paidTwins();
    await desk.apply(old, captured);
    expect(await standing(old)).toMatchObject({ status: "expired", refunds: ["second_payment"] });
    expect(await standing(copy)).toEqual(paid);
    expect((await stockOf(desk.db, old.sku)).reserved).toBe(2);
  });

  test("can't be forced to paid besides, and says which one is", async () => {
    const { old, copy } = await paidTwins();
    const { number } = await desk.orderOf(copy);
    await expect(force(old)).rejects.toMatchObject({
      ...{ code: "paid_as_another", message: expect.stringContaining(number) },
    });
  });

  test("keeps the copy where its own goods can't be held again", async () => {
    const { old, copy } = await payableTwins();
    await sellOut(old);
    await desk.apply(old, captured);
    expect(await standing(old)).toMatchObject({ status: "expired", refunds: ["late_money"] });
    expect(await standing(copy)).toMatchObject({ status: "awaiting_payment", closing: null });
  });

  test("is not brought back where both are paid late in one batch", async () => {
    const { old, copy } = await payableTwins();
    await cancel(copy.orderId, null);
    await desk.apply(copy, { status: "cancelled" });
    await desk.applyAll([copy, captured], [old, captured]);
    expect(await standing(old)).toEqual(paid);
    expect(await standing(copy)).toEqual(paidBack);
  });

  test("is not brought back by the batch that pays the copy", async () => {
    const { old, copy } = await payableTwins();
    await desk.applyAll([old, captured], [copy, captured]);
    expect(await standing(old)).toMatchObject({ status: "expired", refunds: ["second_payment"] });
    expect(await standing(copy)).toEqual(paid);
  });
});
