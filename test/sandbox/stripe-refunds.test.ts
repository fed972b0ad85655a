import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

const paying = { payment_method: "pm_card_visa", confirm: true };

async function startPaid() {
  const standIns = await startStandIns();
  const intent = await newIntent(standIns.stripe, paying);
  const charge = () => standIns.stripe.charges.retrieve(String(intent.latest_charge));
  const types = async () => (await standIns.stripe.events.list()).data.map(({ type }) => type);
  return { ...standIns, intent, payment_intent: intent.id, charge, types };
}

describe("a refund", () => {
  test("gives back what is asked for, until nothing of the charge is left", async () => {
    const { stripe, payment_intent, charge } = await startPaid();
    const reason = "requested_by_customer";
    const metadata = { refund_id: "r1" };
    const part = { payment_intent, amount: 500, reason, metadata } as const;
    const first = await stripe.refunds.create(part);
    expect(first).toMatchObject({
      id: expect.stringMatching(/^re_\w{24}$/),
      object: "refund",
      amount: 500,
      currency: "gbp",
      metadata: { refund_id: "r1" },
      payment_intent,
      reason,
      receipt_number: null,
      status: "succeeded",
    });
    expect(await charge()).toMatchObject({ amount_refunded: 500, refunded: false });

    const error = await errorOf(stripe.refunds.create({ payment_intent, amount: 1500 }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, param: "amount" });
    expect((await stripe.refunds.create({ charge: (await charge()).id })).amount).toBe(1499);
    expect(await charge()).toMatchObject({ amount_refunded: 1999, refunded: true });
    const again = await errorOf(stripe.refunds.create({ payment_intent, amount: 1 }));
    expect(again).toMatchObject({ statusCode: 400, code: "charge_already_refunded" });
  });

  test("is refused for an intent without captured money, and for a strange one", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe);
    const unpaid = await errorOf(stripe.refunds.create({ payment_intent: id }));
    expect(unpaid).toMatchObject({ statusCode: 400, param: "payment_intent" });
    const manual = { ...paying, capture_method: "manual" } as const;
    const held = await newIntent(stripe, manual);
    const uncaptured = await errorOf(stripe.refunds.create({ payment_intent: held.id }));
    expect(uncaptured).toMatchObject({ statusCode: 400, param: "payment_intent" });
    const strange = await errorOf(stripe.refunds.create({ payment_intent: "pi_x" }));
    expect(strange).toMatchObject({ code: "resource_missing", param: "payment_intent" });
    expect(await errorOf(stripe.refunds.create({}))).toMatchObject({ code: "parameter_missing" });
  });

  test("may be pending, and then succeeds with the events that tell of it", async () => {
    const { stripe, tell, payment_intent, types } = await startPaid();
    await tell("/stripe/refunds", { status: "pending" });
    const { id, status } = await stripe.refunds.create({ payment_intent });
    expect(status).toBe("pending");
    expect((await types()).slice(0, 2)).toEqual(["charge.refunded", "refund.created"]);
    await tell(`/stripe/refunds/${id}/succeed`);
    expect((await stripe.refunds.retrieve(id)).status).toBe("succeeded");
    expect((await types()).slice(0, 2)).toEqual(["charge.refund.updated", "refund.updated"]);
    await expect(tell(`/stripe/refunds/${id}/succeed`)).rejects.toThrow(/400/);
  });

  test("of the card that is made for it is pending without any switch", async () => {
    const { stripe } = await startStandIns();
    const { id } = await newIntent(stripe, { ...paying, payment_method: "pm_card_pendingRefund" });
    const refund = await stripe.refunds.create({ payment_intent: id });
    expect(refund).toMatchObject({ status: "pending", pending_reason: "processing" });
  });

  test("may fail after it succeeded, and then its money can be refunded again", async () => {
    const { stripe, tell, read, payment_intent, charge, types } = await startPaid();
    const { id } = await stripe.refunds.create({ payment_intent });
    await tell(`/stripe/refunds/${id}/fail`, { reason: "lost_or_stolen_card" });
    const failed = await stripe.refunds.retrieve(id);
    expect(failed).toMatchObject({ status: "failed", failure_reason: "lost_or_stolen_card" });
    expect((await types()).slice(0, 3)).toEqual([
      "refund.failed",
      "charge.refund.updated",
      "refund.updated",
    ]);
    const back = await stripe.balanceTransactions.retrieve(
      String(failed.failure_balance_transaction),
    );
    expect(back).toMatchObject({ type: "refund_failure", amount: 1999, net: 1999, source: id });
    expect(await charge()).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await read<Ledger>("/stripe/ledger")).intents[0]).toMatchObject({ refundedMinor: 0 });
    expect((await stripe.refunds.create({ payment_intent })).status).toBe("succeeded");
  });

  test("can be cancelled while it is under way, and not afterwards", async () => {
    const { stripe, tell, payment_intent, charge } = await startPaid();
    await tell("/stripe/refunds", { status: "requires_action" });
    const { id } = await stripe.refunds.create({ payment_intent });
    expect(await stripe.refunds.cancel(id)).toMatchObject({
      status: "canceled",
      failure_reason: "merchant_request",
    });
    expect(await charge()).toMatchObject({ amount_refunded: 0 });
    await tell("/stripe/refunds", {});
    const done = await stripe.refunds.create({ payment_intent });
    expect(await errorOf(stripe.refunds.cancel(done.id))).toMatchObject({ statusCode: 400 });
  });

  test("is found again by its payment, by its metadata, and within its charge", async () => {
    const { stripe, payment_intent, intent } = await startPaid();
    const other = await newIntent(stripe, paying);
    await stripe.refunds.create({ payment_intent: other.id });
    const ids: string[] = [];
    for (const amount of [1, 2, 3]) {
      ids.unshift((await stripe.refunds.create({ payment_intent, amount })).id);
    }
    const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
    const charge = String(intent.latest_charge);
    expect(idsOf(await stripe.refunds.list({ payment_intent }))).toEqual(ids);
    const page = await stripe.refunds.list({ charge, limit: 2 });
    expect(page.has_more).toBe(true);
    expect(idsOf(page)).toEqual(ids.slice(0, 2));
    const rest = await stripe.refunds.list({ charge, starting_after: ids[1] ?? "" });
    expect(idsOf(rest)).toEqual(ids.slice(2));
    expect(idsOf(await stripe.refunds.list({ created: { gt: 4_000_000_000 } }))).toEqual([]);

    await stripe.refunds.update(ids[0] ?? "", { metadata: { note: "kept" } });
    expect((await stripe.refunds.retrieve(ids[0] ?? "")).metadata).toEqual({ note: "kept" });
    const expanded = await stripe.paymentIntents.retrieve(payment_intent, {
      expand: ["latest_charge.refunds"],
    });
    expect(idsOf((expanded.latest_charge as Stripe.Charge).refunds ?? { data: [] })).toEqual(ids);
  });

  test("is done once under a key, and its refusal is kept under it too", async () => {
    const { stripe, payment_intent, read } = await startPaid();
    const key = { idempotencyKey: "refund-1" };
    const first = await stripe.refunds.create({ payment_intent }, key);
    const again = await stripe.refunds.create({ payment_intent }, key);
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect((await read<Ledger>("/stripe/ledger")).totals).toMatchObject({
      refunds: 1,
      refundedMinor: { gbp: 1999 },
    });
    const late = { idempotencyKey: "refund-2" };
    for (const replayed of [undefined, "true"]) {
      const error = await errorOf(stripe.refunds.create({ payment_intent }, late));
      expect(error.code).toBe("charge_already_refunded");
      expect(error.headers?.["idempotent-replayed"]).toBe(replayed);
    }
  });

  test("survives a restart with its charge and its movement of the balance", async () => {
    const before = await startPaid();
    const { payment_intent } = before;
    await before.tell("/stripe/refunds", { status: "pending" });
    const refund = await before.stripe.refunds.create({ payment_intent, amount: 700 });
    await before.close();
    const { stripe, read } = await startStandIns({ dir: before.dir });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: "pending" });
    const moved = await stripe.balanceTransactions.retrieve(String(refund.balance_transaction));
    expect(moved).toMatchObject({ type: "refund", amount: -700, fee: 0, net: -700 });
    expect((await read<Ledger>("/stripe/ledger")).intents[0]).toMatchObject({
      refundedMinor: 700,
      refunds: [{ id: refund.id, amount: 700, status: "pending", metadata: {} }],
    });
    expect((await stripe.refunds.create({ payment_intent, amount: 1 })).status).toBe("pending");
  });
});
