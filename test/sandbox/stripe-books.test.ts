import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns, stripeClient } from "./stand-ins.ts";

describe("Stripe's stand-in", () => {
  test("answers every unknown route with an error, so that the SDK always throws", async () => {
    const { stripe } = await startStandIns();
    const calls = [stripe.balance.retrieve(), stripe.customers.create({}), stripe.payouts.list()];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
      expect(error).toMatchObject({ statusCode: 404, rawType: "invalid_request_error" });
    }
  });

  test("refuses a key that is missing or of the wrong shape with 401", async () => {
    const { url } = await startStandIns();
    for (const key of ["sk_live_x", "nonsense", "sk_test_"]) {
      const error = await errorOf(stripeClient(url, key).paymentIntents.list());
      expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    }
    const bare = await fetch(`${url}/v1/payment_intents`);
    expect(bare.status).toBe(401);
    const restricted = stripeClient(url, "rk_test_of_a_worker");
    expect((await restricted.paymentIntents.list()).data).toEqual([]);
  });

  test("echoes the version that it is asked for, and names the request", async () => {
    const { url } = await startStandIns();
    const response = await fetch(`${url}/v1/account`, {
      headers: { authorization: "Bearer sk_test_x", "stripe-version": "2026-10-28.endive" },
    });
    expect(response.headers.get("stripe-version")).toBe("2026-10-28.endive");
    expect(response.headers.get("request-id")).toMatch(/^req_\w+$/);
    expect(await response.json()).toMatchObject({
      object: "account",
      id: expect.stringMatching(/^acct_/),
    });
  });

  test.each([
    ["no amount", { currency: "gbp" }, "parameter_missing", "amount"],
    ["no currency", { amount: 5 }, "parameter_missing", "currency"],
    ["zero", { amount: 0, currency: "gbp" }, "parameter_invalid_integer", "amount"],
    ["a negative amount", { amount: -5, currency: "gbp" }, "parameter_invalid_integer", "amount"],
    ["a fraction", { amount: 1.5, currency: "gbp" }, "parameter_invalid_integer", "amount"],
    ["too little", { amount: 29, currency: "gbp" }, "amount_too_small", "amount"],
    ["too much", { amount: 1e8, currency: "gbp" }, "amount_too_large", "amount"],
    ["an odd third decimal", { amount: 5, currency: "kwd" }, "parameter_invalid_integer", "amount"],
    ["a strange currency", { amount: 5, currency: "zzz" }, "invalid_currency", "currency"],
    ["an unknown name", { amount: 50, currency: "gbp", x: "1" }, "parameter_unknown", "x"],
    [
      "an unknown card",
      { amount: 50, currency: "gbp", payment_method: "pm_x" },
      "resource_missing",
      "payment_method",
    ],
  ])("refuses %s and names the parameter", async (_name, params, code, param) => {
    const { stripe, read } = await startStandIns();
    const create = params as unknown as Stripe.PaymentIntentCreateParams;
    const error = await errorOf(stripe.paymentIntents.create(create));
    expect(error).toMatchObject({ statusCode: 400, code, param });
    expect((await read<Ledger>("/stripe/ledger")).totals.intents).toBe(0);
  });

  test("says of an intent that it does not know that it is missing", async () => {
    const { stripe } = await startStandIns();
    const error = await errorOf(stripe.paymentIntents.retrieve("pi_unknown"));
    expect(error).toMatchObject({ statusCode: 404, code: "resource_missing" });
  });

  test("keeps names such as __proto__ as ordinary metadata", async () => {
    const { stripe, url } = await startStandIns();
    const created = await fetch(`${url}/v1/payment_intents`, {
      method: "POST",
      headers: { authorization: "Bearer sk_test_x" },
      body: new URLSearchParams({ amount: "50", currency: "gbp", "metadata[__proto__]": "odd" }),
    });
    const { id } = (await created.json()) as Stripe.PaymentIntent;
    const { metadata } = await stripe.paymentIntents.retrieve(id);
    expect(Object.entries(metadata)).toEqual([["__proto__", "odd"]]);
  });

  test("lists intents newest first, by pages in both directions and by time", async () => {
    let now = 1_800_000_000_000;
    const { stripe } = await startStandIns({ now: () => now });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.unshift((await newIntent(stripe)).id);
      now += 10_000;
    }

    const list = stripe.paymentIntents.list.bind(stripe.paymentIntents);
    const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
    const first = await list({ limit: 2 });
    expect(first.has_more).toBe(true);
    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    const last = await list({ limit: 3, starting_after: ids[1] ?? "" });
    expect(last.has_more).toBe(false);
    expect(idsOf(last)).toEqual(ids.slice(2));
    const newer = await list({ limit: 2, ending_before: ids[3] ?? "" });
    expect(newer.has_more).toBe(true);
    expect(idsOf(newer)).toEqual(ids.slice(1, 3));
    const middle = await list({ created: { gt: 1_800_000_000, lte: 1_800_000_020 } });
    expect(idsOf(middle)).toEqual(ids.slice(2, 4));
    const every = await list({ limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(every.map(({ id }) => id)).toEqual(ids);
  });
});

describe("the books", () => {
  test("tell per intent what was captured and how often it was tried", async () => {
    const { stripe, read } = await startStandIns();
    const metadata = { order_id: "o1", payment_id: "p1", aurora_installation: "i1" };
    const { id } = await newIntent(stripe, { metadata });
    const declined = { payment_method: "pm_card_visa_chargeDeclined" };
    await errorOf(stripe.paymentIntents.confirm(id, declined));
    await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
    await newIntent(stripe, { currency: "eur" });

    const ledger = await read<Ledger>("/stripe/ledger");
    expect(ledger.intents[0]).toMatchObject({
      id,
      orderId: "o1",
      paymentId: "p1",
      installation: "i1",
      capturedMinor: 1999,
      refundedMinor: 0,
      chargesSucceeded: 1,
      chargesFailed: 1,
    });
    expect(ledger.totals).toMatchObject({ intents: 2, capturedMinor: { gbp: 1999, eur: 0 } });
    expect((await read<Ledger>("/stripe/ledger?orderId=o2")).intents).toEqual([]);
  });

  test("are empty after a reset", async () => {
    const { stripe, tell, read } = await startStandIns();
    const { id } = await newIntent(stripe);
    await tell("/reset");
    expect((await read<Ledger>("/stripe/ledger")).intents).toEqual([]);
    expect(await errorOf(stripe.paymentIntents.retrieve(id))).toMatchObject({ statusCode: 404 });
  });

  test("count requests by route", async () => {
    const { stripe, read } = await startStandIns();
    const { id } = await newIntent(stripe);
    await stripe.paymentIntents.retrieve(id);
    await stripe.paymentIntents.retrieve(id);
    expect(await read("/counts")).toMatchObject({
      "POST /v1/payment_intents": 1,
      "GET /v1/payment_intents/:id": 2,
    });
  });

  test("show each intent paid by itself while the switch is on", async () => {
    const { stripe, tell } = await startStandIns();
    await tell("/stripe/auto_pay", { on: true });
    const created = await newIntent(stripe);
    expect(created.status).toBe("requires_payment_method");
    expect((await stripe.paymentIntents.retrieve(created.id)).status).toBe("succeeded");

    await tell("/stripe/auto_pay", { on: false });
    const { id } = await newIntent(stripe);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe("requires_payment_method");
  });
});
