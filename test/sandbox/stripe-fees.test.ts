import type Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

const paying = { payment_method: "pm_card_visa", confirm: true };

describe("a balance transaction", () => {
  test("tells the fee of a charge, expanded in one and in a list", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe, paying);
    const nested = { expand: ["latest_charge.balance_transaction"] };
    const { latest_charge } = await stripe.paymentIntents.retrieve(id, nested);
    const moved = (latest_charge as Stripe.Charge).balance_transaction;
    // 1.5 % of 19.99 and 0.20, rounded.
    const expected = { object: "balance_transaction", amount: 1999, fee: 50, net: 1949 };
    expect(moved).toMatchObject({ ...expected, type: "charge", currency: "gbp" });
    expect(moved).toMatchObject({ fee_details: [{ amount: 50, type: "stripe_fee" }] });

    const list = await stripe.paymentIntents.list({
      expand: ["data.latest_charge.balance_transaction"],
    });
    expect(list.data[0]?.latest_charge).toEqual(latest_charge);
    const { id: transactionId } = moved as Stripe.BalanceTransaction;
    expect(await stripe.balanceTransactions.retrieve(transactionId)).toMatchObject(expected);
    expect((await stripe.paymentIntents.retrieve(id)).latest_charge).toMatch(/^ch_/);
  });

  test("is refused where nothing can be expanded", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe, paying);
    for (const path of ["amount", "latest_charge.amount", "nothing"]) {
      const error = await errorOf(stripe.paymentIntents.retrieve(id, { expand: [path] }));
      expect(error).toMatchObject({ statusCode: 400, param: "expand" });
    }
    const list = stripe.paymentIntents.list({ expand: ["latest_charge"] });
    expect(await errorOf(list)).toMatchObject({ statusCode: 400 });
  });

  test("may come later than its charge, with an event of its own", async () => {
    const { stripe, tell } = await startStandIns();
    await tell("/stripe/fees", { later: true });
    const { latest_charge } = await newIntent(stripe, paying);
    const chargeId = String(latest_charge);
    expect((await stripe.charges.retrieve(chargeId)).balance_transaction).toBeNull();
    await tell(`/stripe/charges/${chargeId}/settle_fee`);
    const nested = { expand: ["balance_transaction"] };
    const settled = await stripe.charges.retrieve(chargeId, nested);
    expect(settled.balance_transaction).toMatchObject({ fee: 50, net: 1949 });
    expect((await stripe.events.list({ type: "charge.updated" })).data).toMatchObject([
      { data: { object: { id: chargeId } } },
    ]);
    await expect(tell(`/stripe/charges/${chargeId}/settle_fee`)).rejects.toThrow(/400/);
  });
});

describe("an intent that is captured by hand", () => {
  const manual = { ...paying, capture_method: "manual" } as const;

  test("holds the money until a part of it is captured", async () => {
    const { stripe } = await startStandIns();
    const { id, status, amount_capturable, latest_charge } = await newIntent(stripe, manual);
    expect([status, amount_capturable]).toEqual(["requires_capture", 1999]);
    const charge = () => stripe.charges.retrieve(String(latest_charge));
    expect(await charge()).toMatchObject({ captured: false, balance_transaction: null });
    const tooMuch = await errorOf(stripe.paymentIntents.capture(id, { amount_to_capture: 2000 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: "amount_to_capture" });

    const paid = await stripe.paymentIntents.capture(id, { amount_to_capture: 1200 });
    expect(paid).toMatchObject({ status: "succeeded", amount_received: 1200 });
    expect(await charge()).toMatchObject({ captured: true, amount_captured: 1200 });
    expect((await stripe.events.list()).data.map(({ type }) => type)).toEqual([
      "payment_intent.succeeded",
      "charge.captured",
      "payment_intent.amount_capturable_updated",
      "charge.succeeded",
      "payment_intent.created",
    ]);
    expect((await stripe.refunds.create({ payment_intent: id })).amount).toBe(1200);
    expect((await errorOf(stripe.paymentIntents.capture(id))).code).toBe(
      "payment_intent_unexpected_state",
    );
  });

  test("releases the money when it is cancelled", async () => {
    const { stripe } = await startStandIns();
    const { id, latest_charge } = await newIntent(stripe, manual);
    const canceled = await stripe.paymentIntents.cancel(id);
    expect(canceled).toMatchObject({ status: "canceled", amount_capturable: 0 });
    const charge = await stripe.charges.retrieve(String(latest_charge));
    expect(charge).toMatchObject({ captured: false, refunded: true, amount_captured: 0 });
  });
});
