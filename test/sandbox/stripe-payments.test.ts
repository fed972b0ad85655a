import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

describe("a PaymentIntent", () => {
  test("is created with all that the SDK's users rely on", async () => {
    const { stripe } = await startStandIns();
    const intent = await newIntent(stripe, {
      automatic_payment_methods: { enabled: true },
      metadata: { order_id: "o1" },
    });

    expect(intent).toMatchObject({
      object: "payment_intent",
      amount: 1999,
      amount_received: 0,
      amount_capturable: 0,
      currency: "gbp",
      status: "requires_payment_method",
      livemode: false,
      metadata: { order_id: "o1" },
      latest_charge: null,
      last_payment_error: null,
      next_action: null,
      canceled_at: null,
      automatic_payment_methods: { enabled: true },
    });
    expect(intent.id).toMatch(/^pi_\w{24}$/);
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_\\w+$`));
    expect(intent.lastResponse.requestId).toMatch(/^req_/);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toEqual(intent);
  });

  test("is paid by a good card, with a charge that can be expanded and read", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe);
    const paid = await stripe.paymentIntents.confirm(id, {
      payment_method: "pm_card_visa",
      expand: ["latest_charge"],
    });

    expect(paid).toMatchObject({ status: "succeeded", amount_received: 1999 });
    const charge = paid.latest_charge as Stripe.Charge;
    expect(charge).toMatchObject({ paid: true, amount_captured: 1999, payment_intent: id });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ status: "succeeded" });
  });

  test.each([
    ["pm_card_chargeDeclined", "card_declined", "generic_decline"],
    ["pm_card_visa_chargeDeclined", "card_declined", "generic_decline"],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card", ""],
  ])("is declined by %s as a card error, and takes another card", async (card, code, decline) => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe);
    const error = await errorOf(stripe.paymentIntents.confirm(id, { payment_method: card }));

    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code });
    expect(error.decline_code).toBe(decline);
    expect(error.payment_intent).toMatchObject({ id, status: "requires_payment_method" });
    const declined = await stripe.paymentIntents.retrieve(id);
    expect(declined.last_payment_error).toMatchObject({ code, charge: declined.latest_charge });

    const paid = await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_mastercard" });
    expect(paid).toMatchObject({ status: "succeeded", last_payment_error: null });
  });

  test("asks for 3D Secure, and is paid once the cardholder approves", async () => {
    const { stripe, tell, url } = await startStandIns();
    const { id } = await newIntent(stripe);
    const asked = await stripe.paymentIntents.confirm(id, {
      payment_method: "pm_card_threeDSecure2Required",
      return_url: "https://shop.example/back",
    });
    expect(asked.status).toBe("requires_action");
    expect(asked.next_action?.redirect_to_url).toEqual({
      url: `${url}/payments/${id}`,
      return_url: "https://shop.example/back",
    });

    await tell(`/stripe/intents/${id}/authenticate`);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: "succeeded",
      next_action: null,
    });
  });

  test("needs a payment method again when 3D Secure fails, with nothing charged", async () => {
    const { stripe, tell, read } = await startStandIns();
    const { id } = await newIntent(stripe);
    await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_authenticationRequired" });
    await tell(`/stripe/intents/${id}/fail_authentication`);

    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "payment_intent_authentication_failure" },
      latest_charge: null,
    });
    const { totals } = await read<Ledger>("/stripe/ledger");
    expect(totals).toMatchObject({ chargesSucceeded: 0, chargesFailed: 0 });
  });

  test("stays in processing until the bank decides", async () => {
    const { stripe, tell } = await startStandIns();
    const bank = { payment_method: "pm_usBankAccount_processing" };
    const [pays, bounces] = await Promise.all([newIntent(stripe), newIntent(stripe)]);
    for (const { id } of [pays, bounces]) {
      expect((await stripe.paymentIntents.confirm(id, bank)).status).toBe("processing");
    }
    expect(await errorOf(stripe.paymentIntents.cancel(pays.id))).toMatchObject({
      code: "payment_intent_unexpected_state",
    });

    await tell(`/stripe/intents/${pays.id}/pay`);
    await tell(`/stripe/intents/${bounces.id}/decline`);
    const ends = await Promise.all(
      [pays, bounces].map(({ id }) => stripe.paymentIntents.retrieve(id)),
    );
    expect(ends.map(({ status }) => status)).toEqual(["succeeded", "requires_payment_method"]);
  });

  test("is cancelled with its reason, and then cannot be confirmed or cancelled", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe);
    const reason = { cancellation_reason: "abandoned" } as const;
    expect(await stripe.paymentIntents.cancel(id, reason)).toMatchObject({
      status: "canceled",
      cancellation_reason: "abandoned",
      canceled_at: expect.any(Number),
    });

    const card = { payment_method: "pm_card_visa" };
    for (const call of [
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id, card),
    ]) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
      expect(error.payment_intent).toMatchObject({ id, status: "canceled" });
    }
  });

  test("cannot be cancelled, paid again or changed in amount after it succeeded", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
    const calls = [
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" }),
      stripe.paymentIntents.update(id, { amount: 50 }),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error.code).toBe("payment_intent_unexpected_state");
      expect(error.payment_intent).toMatchObject({ id, status: "succeeded" });
    }
    const renamed = await stripe.paymentIntents.update(id, { metadata: { note: "kept" } });
    expect(renamed).toMatchObject({ amount: 1999, metadata: { note: "kept" } });
  });

  test("takes a new amount while it is open, and merges metadata", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe, { metadata: { a: "1", b: "2" } });
    const changed = await stripe.paymentIntents.update(id, {
      amount: 2500,
      metadata: { b: "", c: "3" },
    });
    expect(changed).toMatchObject({ amount: 2500, metadata: { a: "1", c: "3" } });
    expect(changed.metadata).not.toHaveProperty("b");
  });
});
