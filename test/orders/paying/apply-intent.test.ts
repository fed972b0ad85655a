import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useDatabase } from "../../support/database.ts";
import { captured, openPayingShop, type Paying, type PayingShop } from "../../support/paying.ts";
import { stockOf } from "../../support/shop.ts";

const database = useDatabase();
let till: PayingShop;
beforeAll(async () => {
  till = await openPayingShop(database.url);
});
afterAll(() => till.db.destroy());

async function eventsNamed(name: string, paying: Paying) {
  return (await till.historyOf(paying)).filter(({ event }) => event === name);
}

describe("the door for what Stripe says", () => {
  test("stores the secret only while the order can be paid", async () => {
    const paying = await till.payable();
    expect(await till.paymentOf(paying)).toMatchObject({
      status: "pending",
      client_secret: "pi_secret",
    });
    await till.apply(paying, captured);
    expect(await till.paymentOf(paying)).toMatchObject({ status: "captured", client_secret: null });
  });

  test("makes a captured order paid once, however often it hears of it", async () => {
    const paying = await till.payable();
    for (let times = 0; times < 3; times++) await till.apply(paying, captured);
    expect((await till.orderOf(paying)).status).toBe("paid");
    expect(await eventsNamed("payment_captured", paying)).toHaveLength(1);
    expect(await till.messagesOf(paying)).toEqual(["order_paid/email", "order_paid/sms"]);
    expect(await stockOf(till.db, paying.sku)).toEqual({ on_hand: 3, reserved: 2 });
  });

  test("accepts money before our own record of the intent", async () => {
    const paying = await till.awaiting();
    await till.apply(paying, captured);
    expect((await till.orderOf(paying)).status).toBe("paid");
    await till.apply(paying, {});
    expect((await till.paymentOf(paying)).status).toBe("captured");
  });

  test.each([
    ["another amount", { ...captured, capturedMinor: 999 }, "amount_mismatch"],
    ["another currency", { ...captured, currency: "eur" }, "amount_mismatch"],
    ["another installation", { ...captured, installation: randomUUID() }, "foreign_intent"],
    ["live money in test mode", { ...captured, livemode: true }, "foreign_intent"],
    ["another order's stamp", { ...captured, orderId: randomUUID() }, "foreign_intent"],
    ["a second intent", { ...captured, id: "pi_other" }, "second_intent"],
  ])("never pays an order with %s", async (_what, seen, code) => {
    const paying = await till.payable();
    await till.apply(paying, seen);
    expect(await till.orderOf(paying)).toMatchObject({
      status: "awaiting_payment",
      attention: code,
    });
  });

  test("books a decline once, tells the customer, and leaves the order payable", async () => {
    const paying = await till.payable();
    const decline = { chargeId: "ch_1", code: "card_declined", declineCode: "insufficient_funds" };
    await till.apply(paying, { declines: [decline] });
    await till.apply(paying, { declines: [decline] });
    expect(await eventsNamed("payment_declined", paying)).toHaveLength(1);
    expect(await till.messagesOf(paying)).toEqual(["payment_problem/email"]);
    await till.apply(paying, captured);
    expect((await till.orderOf(paying)).status).toBe("paid");
  });

  test("says in the history which of Stripe's answers changed the order", async () => {
    const paying = await till.payable();
    await till.apply(paying, { ...captured, requestId: "req_1" });
    const [event] = await eventsNamed("payment_captured", paying);
    expect(event?.detail).toEqual({ requestId: "req_1" });
  });

  test("tells of the third decline and not of the fourth, seen at once with it", async () => {
    const paying = await till.payable();
    const declines = ["one", "two", "three", "four"].map((name) => ({
      ...{ chargeId: `ch_${paying.orderId}_${name}`, code: "card_declined", declineCode: null },
    }));
    await till.apply(paying, { declines });
    expect(await eventsNamed("payment_declined", paying)).toHaveLength(4);
    expect(await till.messagesOf(paying)).toHaveLength(3);
  });

  test("sends at most three mails about declines", async () => {
    const paying = await till.payable();
    for (const nr of [1, 2, 3, 4, 5]) {
      const chargeId = `ch_${paying.paymentId}_${nr}`;
      const declines = [{ chargeId, code: "card_declined", declineCode: null }];
      await till.apply(paying, { declines });
    }
    expect(await till.messagesOf(paying)).toHaveLength(3);
  });

  test("lets the later look win among live states, and money whenever it was seen", async () => {
    const paying = await till.payable();
    const early = await till.now();
    await till.apply(paying, { status: "needs_action" });
    await till.apply(paying, { status: "processing" }, early);
    expect((await till.paymentOf(paying)).status).toBe("action_required");
    await till.apply(paying, captured, early);
    expect((await till.orderOf(paying)).status).toBe("paid");
  });
});
