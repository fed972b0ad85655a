import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

const params = { amount: 1999, currency: "gbp" };
const DAY_MS = 24 * 60 * 60 * 1000;

describe("an idempotency key", () => {
  test("gives the stored answer again, marked as a replay, and creates nothing", async () => {
    const { stripe, read } = await startStandIns();
    const key = { idempotencyKey: "key-1" };
    const first = await stripe.paymentIntents.create(params, key);
    await stripe.paymentIntents.confirm(first.id, { payment_method: "pm_card_visa" });
    const again = await stripe.paymentIntents.create(params, key);

    expect(again).toEqual(first);
    expect(again.status).toBe("requires_payment_method");
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(1);
  });

  test("is refused for other parameters and for another route", async () => {
    const { stripe } = await startStandIns();
    const key = { idempotencyKey: "key-1" };
    const { id } = await stripe.paymentIntents.create(params, key);
    const calls = [
      stripe.paymentIntents.create({ ...params, amount: 2000 }, key),
      stripe.paymentIntents.cancel(id, {}, key),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
      expect(error).toMatchObject({ statusCode: 400, rawType: "idempotency_error" });
    }
  });

  test("is in use while its first request is at work", async () => {
    const { stripe, tell } = await startStandIns();
    const key = { idempotencyKey: "key-1" };
    await tell("/faults", { service: "stripe", kind: "delay", delayMs: 300 });
    const outcomes = await Promise.allSettled([
      stripe.paymentIntents.create(params, key),
      stripe.paymentIntents.create(params, key),
    ]);

    const first = outcomes.find((outcome) => outcome.status === "fulfilled");
    const second = outcomes.find((outcome) => outcome.status === "rejected");
    expect(second?.reason).toMatchObject({
      statusCode: 409,
      code: "idempotency_key_in_use",
      rawType: "idempotency_error",
    });
    expect((await stripe.paymentIntents.create(params, key)).id).toBe(first?.value.id);
  });

  test("replays a decline and a refused state, but not a refused parameter", async () => {
    const { stripe, read } = await startStandIns();
    const { id } = await newIntent(stripe);
    const decline = { payment_method: "pm_card_visa_chargeDeclined" };
    const declineKey = { idempotencyKey: "decline" };
    const first = await errorOf(stripe.paymentIntents.confirm(id, decline, declineKey));
    const again = await errorOf(stripe.paymentIntents.confirm(id, decline, declineKey));
    expect(again.charge).toBe(first.charge);
    expect((await read<Ledger>("/stripe/ledger")).totals.chargesFailed).toBe(1);

    const badKey = { idempotencyKey: "bad" };
    const bad = stripe.paymentIntents.create({ ...params, amount: -1 }, badKey);
    expect(await errorOf(bad)).toMatchObject({ code: "parameter_invalid_integer" });
    expect(await stripe.paymentIntents.create(params, badKey)).toMatchObject({ amount: 1999 });
  });

  test("replays a 500 for work that was done, and does what was not", async () => {
    const { stripe, tell, read } = await startStandIns();
    const fault = {
      service: "stripe",
      route: "POST /v1/payment_intents",
      kind: "status",
      times: 1,
    };
    await tell("/faults", { ...fault, executed: true });
    const done = { idempotencyKey: "done" };
    for (let i = 0; i < 2; i++) {
      expect(await errorOf(stripe.paymentIntents.create(params, done))).toMatchObject({
        statusCode: 500,
      });
    }
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(1);

    await tell("/faults", fault);
    const undone = { idempotencyKey: "undone" };
    expect(await errorOf(stripe.paymentIntents.create(params, undone))).toMatchObject({
      statusCode: 500,
    });
    expect((await stripe.paymentIntents.create(params, undone)).amount).toBe(1999);
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(2);
  });

  test("is forgotten after a day", async () => {
    let now = Date.now();
    const { stripe } = await startStandIns({ now: () => now });
    const key = { idempotencyKey: "key-1" };
    const first = await stripe.paymentIntents.create(params, key);
    now += DAY_MS - 1;
    expect((await stripe.paymentIntents.create(params, key)).id).toBe(first.id);
    now += 1;
    expect((await stripe.paymentIntents.create(params, key)).id).not.toBe(first.id);
  });
});
