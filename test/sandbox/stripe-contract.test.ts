import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { places } from "./contract-desks.ts";
import { errorOf } from "./stand-ins.ts";

const params: Stripe.PaymentIntentCreateParams = {
  amount: 1999,
  currency: "gbp",
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
};
const paying = { ...params, payment_method: "pm_card_visa", confirm: true };
/** What happens on its own accord takes Stripe some seconds. */
const soon = { timeoutMs: 25_000 };

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);

/** The same promises, kept by Stripe and by what stands in for it. */
describe.each(places)("$name", ({ open }) => {
  test("replays an answer under its key, and refuses another question under it", async () => {
    const { stripe } = await open();
    const options = { idempotencyKey: randomUUID() };
    const first = await stripe.paymentIntents.create(params, options);
    const again = await stripe.paymentIntents.create(params, options);
    expect(again.id).toBe(first.id);
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    const error = await errorOf(stripe.paymentIntents.create({ ...params, amount: 5000 }, options));
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(error.statusCode).toBe(400);
  });

  test("tells wrong keys, wrong parameters and missing things apart", async () => {
    const { stripe, stranger } = await open();
    const unknown = await errorOf(stranger.paymentIntents.create(params));
    expect(unknown).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    const wrong = await errorOf(stripe.paymentIntents.create({ ...params, amount: -5 }));
    expect(wrong).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(wrong).toMatchObject({ statusCode: 400, param: "amount" });
    const missing = await errorOf(stripe.refunds.retrieve("re_nobody_has_this"));
    expect(missing).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(missing).toMatchObject({ statusCode: 404, code: "resource_missing" });
  });

  test("declines as a card error, under its key again, and takes another card", async () => {
    const { stripe } = await open();
    const { id } = await stripe.paymentIntents.create(params);
    const card = { payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds" };
    const options = { idempotencyKey: randomUUID() };
    const error = await errorOf(stripe.paymentIntents.confirm(id, card, options));
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect(error.decline_code).toBe("insufficient_funds");
    const again = await errorOf(stripe.paymentIntents.confirm(id, card, options));
    expect(again.charge).toBe(error.charge);
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "succeeded", amount_received: 1999 });
  });

  test("lets no cancelled intent be paid, and no paid one be cancelled", async () => {
    const { stripe } = await open();
    const { id } = await stripe.paymentIntents.create(params);
    expect((await stripe.paymentIntents.cancel(id)).status).toBe("canceled");
    const card = { payment_method: "pm_card_visa" };
    const paid = await stripe.paymentIntents.create(paying);
    for (const call of [
      stripe.paymentIntents.confirm(id, card),
      stripe.paymentIntents.cancel(paid.id),
    ]) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    }
  });

  test("tells a charge's fee when it is expanded", async () => {
    const { stripe } = await open();
    const { id } = await stripe.paymentIntents.create(paying);
    const read = async () => {
      const nested = { expand: ["latest_charge.balance_transaction"] };
      const { latest_charge } = await stripe.paymentIntents.retrieve(id, nested);
      return (latest_charge as Stripe.Charge).balance_transaction as Stripe.BalanceTransaction;
    };
    const { object, type, amount, fee, net, fee_details } = await waitFor("the fee", read, soon);
    expect({ object, type }).toEqual({ object: "balance_transaction", type: "charge" });
    expect(fee).toBeGreaterThan(0);
    expect(net).toBe(amount - fee);
    expect(fee_details.reduce((sum, detail) => sum + detail.amount, 0)).toBe(fee);
    const strange = stripe.paymentIntents.retrieve(id, { expand: ["amount"] });
    expect(await errorOf(strange)).toMatchObject({ statusCode: 400 });
  });

  test("captures a part of what it held, once", async () => {
    const { stripe } = await open();
    const manual = { ...paying, capture_method: "manual" } as const;
    const { id, status, amount_capturable } = await stripe.paymentIntents.create(manual);
    expect([status, amount_capturable]).toEqual(["requires_capture", 1999]);
    const captured = await stripe.paymentIntents.capture(id, { amount_to_capture: 1200 });
    expect(captured).toMatchObject({ status: "succeeded", amount_received: 1200 });
    expect((await errorOf(stripe.paymentIntents.capture(id))).code).toBe(
      "payment_intent_unexpected_state",
    );
  });

  test("refunds in parts until nothing is left, each once under its key", async () => {
    const { stripe } = await open();
    const { id: payment_intent } = await stripe.paymentIntents.create(paying);
    const part = { payment_intent, amount: 700, metadata: { refund_id: "r1" } };
    const options = { idempotencyKey: randomUUID() };
    const first = await stripe.refunds.create(part, options);
    expect(first).toMatchObject({ object: "refund", amount: 700, payment_intent });
    expect(first.metadata).toEqual({ refund_id: "r1" });
    expect((await stripe.refunds.create(part, options)).id).toBe(first.id);

    const much = await errorOf(stripe.refunds.create({ payment_intent, amount: 1300 }));
    expect(much).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(much).toMatchObject({ statusCode: 400, param: "amount" });
    expect((await stripe.refunds.create({ payment_intent })).amount).toBe(1299);
    const late = await errorOf(stripe.refunds.create({ payment_intent }));
    expect(late).toMatchObject({ statusCode: 400, code: "charge_already_refunded" });
    const charge = await stripe.charges.retrieve(String(first.charge));
    expect(charge).toMatchObject({ amount_refunded: 1999, refunded: true });
  });

  test("lists refunds by payment, newest first, in pages both ways", async () => {
    const { stripe } = await open();
    const { id: payment_intent } = await stripe.paymentIntents.create(paying);
    const ids: string[] = [];
    for (const amount of [100, 200, 300]) {
      ids.unshift((await stripe.refunds.create({ payment_intent, amount })).id);
    }
    const list = (more: Stripe.RefundListParams) =>
      stripe.refunds.list({ payment_intent, ...more });
    const page = await list({ limit: 2 });
    expect([page.has_more, idsOf(page)]).toEqual([true, ids.slice(0, 2)]);
    const rest = await list({ limit: 2, starting_after: ids[1] ?? "" });
    expect([rest.has_more, idsOf(rest)]).toEqual([false, ids.slice(2)]);
    expect(idsOf(await list({ ending_before: ids[2] ?? "" }))).toEqual(ids.slice(0, 2));
    const all = await list({ limit: 1 }).autoPagingToArray({ limit: 10 });
    expect(idsOf({ data: all })).toEqual(ids);
  });

  test("tells of a refund by an event, found by its type and time", async () => {
    const { stripe } = await open();
    const { id, created } = await stripe.paymentIntents.create(paying);
    const refund = await stripe.refunds.create({ payment_intent: id });
    const ask = { types: ["refund.created"], created: { gte: created }, limit: 100 };
    const found = async () =>
      (await stripe.events.list(ask)).data.find(
        (event) => (event.data.object as Stripe.Refund).id === refund.id,
      );
    const event = await waitFor("the event", found, soon);
    expect(event).toMatchObject({ object: "event", type: "refund.created" });
  });

  test("disputes what its test card paid, and then refunds nothing of it", async () => {
    const { stripe } = await open();
    const card = { ...paying, payment_method: "pm_card_createDispute" };
    const { id: payment_intent, latest_charge } = await stripe.paymentIntents.create(card);
    const first = async () => (await stripe.disputes.list({ payment_intent })).data[0];
    const dispute = await waitFor("the dispute", first, soon);
    expect(dispute).toMatchObject({ amount: 1999, reason: "fraudulent", charge: latest_charge });
    expect(dispute.status).toBe("needs_response");
    expect(dispute.evidence_details.due_by).toBeGreaterThan(dispute.created);
    const error = await errorOf(stripe.refunds.create({ payment_intent }));
    expect(error).toMatchObject({ statusCode: 400, code: "charge_disputed" });
    expect((await stripe.charges.retrieve(String(latest_charge))).disputed).toBe(true);
  });
});
