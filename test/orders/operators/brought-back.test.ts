import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { guestAt } from "../edits/guest.ts";
import { copiesAt } from "./copies.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { force, standing, broughtBackTwins } = copiesAt(desk);
const { pastItsTime } = ordersAt(desk);
const guest = guestAt(desk);

const paid = { status: "paid", closing: null, refunds: [] };
const paidBack = { status: "cancelled", closing: null, refunds: ["second_payment"] };

/** Both ways by which a copy that had ended can be paid after all. */
const ways = {
  "late money": (copy: Paying) => desk.apply(copy, captured),
  force: (copy: Paying) => force(copy),
} as const;

/** Stripe has not said yet that nobody paid in time. */
async function letExpire(old: Paying): Promise<void> {
  await pastItsTime(old);
  await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [old.orderId]));
}

describe.each(["late money", "force"] as const)(
  "an original that came back to life, and whose copy is paid by %s",
  (way) => {
    test("is shut at Stripe, and says why once it has ended", async () => {
      const { old, copy } = await broughtBackTwins();
      await ways[way](copy);
      expect(await standing(copy)).toEqual(paid);
      expect(await standing(old)).toMatchObject({ closing: "cancelled" });
      await desk.apply(old, { status: "cancelled" });
      expect((await desk.historyOf(old)).at(-1)).toEqual({
        ...{ event: "cancelled", detail: { because: "paid_as_another" } },
      });
      expect((await stockOf(desk.db, old.sku)).reserved).toBe(2);
    });

    test.each([{}, { capturedMinor: 600 }])(
      "has its money given back where the customer was faster than Stripe's cancel: %o",
      async (seen) => {
        const { old, copy } = await broughtBackTwins();
        await ways[way](copy);
        await desk.apply(old, { ...captured, ...seen });
        expect(await standing(copy)).toEqual(paid);
        expect(await standing(old)).toEqual(paidBack);
        expect(await desk.messagesOf(old)).not.toContain("order_paid/email");
        expect((await stockOf(desk.db, old.sku)).reserved).toBe(2);
      },
    );

    test("has its money given back where its time was over already", async () => {
      const { old, copy } = await broughtBackTwins();
      await letExpire(old);
      await ways[way](copy);
      expect(await standing(old)).toMatchObject({ closing: "expired" });
      await desk.apply(old, captured);
      expect(await standing(copy)).toEqual(paid);
      expect(await standing(old)).toEqual(paidBack);
    });

    test("has its money given back where it was closing to be changed", async () => {
      const { old, copy } = await broughtBackTwins();
      await guest.edit(old, 1);
      expect(await standing(old)).toMatchObject({ closing: "edited" });
      await ways[way](copy);
      expect(await standing(old)).toMatchObject({ closing: "cancelled" });
      await desk.apply(old, captured);
      expect(await standing(copy)).toEqual(paid);
      expect(await standing(old)).toEqual(paidBack);
    });
  },
);

describe("an original that came back to life and is paid", () => {
  test("keeps its money, and its copy's late money goes back", async () => {
    const { old, copy } = await broughtBackTwins();
    await desk.applyAll([copy, captured], [old, captured]);
    expect(await standing(old)).toEqual(paid);
    expect(await standing(copy)).toEqual(paidBack);
  });

  test("leaves its copy nothing to be forced to", async () => {
    const { old, copy } = await broughtBackTwins();
    await desk.apply(old, captured);
    await expect(force(copy)).rejects.toMatchObject({ code: "paid_as_another" });
  });
});
