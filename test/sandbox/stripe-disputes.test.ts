import type Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../../sandbox/stripe/ledger.ts";
import { errorOf, newIntent, startStandIns } from "./stand-ins.ts";

const paying = { payment_method: "pm_card_visa", confirm: true };

async function startDisputed(ask: object = {}) {
  const standIns = await startStandIns();
  const { stripe, tell } = standIns;
  const intent = await newIntent(stripe, paying);
  const told = await tell(`/stripe/intents/${intent.id}/dispute`, ask);
  const dispute = told as Stripe.Dispute;
  const types = async () => (await stripe.events.list()).data.map(({ type }) => type);
  return { ...standIns, intent, payment_intent: intent.id, dispute, types };
}

describe("a dispute", () => {
  test("follows a payment with its test card at once, with a fee", async () => {
    const { stripe, read } = await startStandIns();
    const card = { payment_method: "pm_card_createDispute", confirm: true };
    const { id, status } = await newIntent(stripe, card);
    expect(status).toBe("succeeded");
    const { data } = await stripe.disputes.list({ payment_intent: id });
    expect(data).toMatchObject([
      {
        object: "dispute",
        amount: 1999,
        currency: "gbp",
        reason: "fraudulent",
        status: "needs_response",
        is_charge_refundable: false,
        livemode: false,
        metadata: {},
        evidence_details: { due_by: expect.any(Number), past_due: false, submission_count: 0 },
        balance_transactions: [{ type: "adjustment", amount: -1999, fee: 1500, net: -3499 }],
      },
    ]);
    const dispute = data[0];
    expect(dispute?.id).toMatch(/^du_\w{24}$/);
    const charge = await stripe.charges.retrieve(String(dispute?.charge));
    expect(charge.disputed).toBe(true);
    expect((await read<Ledger>("/stripe/ledger")).intents[0]).toMatchObject({
      disputedMinor: 1999,
      disputes: [{ id: dispute?.id, status: "needs_response", amount: 1999 }],
      feesMinor: 1500 + 50,
    });
  });

  test("keeps the charge from being refunded until it is won", async () => {
    const { stripe, tell, payment_intent, dispute, types } = await startDisputed();
    const refused = await errorOf(stripe.refunds.create({ payment_intent }));
    expect(refused).toMatchObject({ statusCode: 400, code: "charge_disputed" });
    expect((await types()).slice(0, 2)).toEqual([
      "charge.dispute.funds_withdrawn",
      "charge.dispute.created",
    ]);

    await tell(`/stripe/disputes/${dispute.id}/review`);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("under_review");
    await tell(`/stripe/disputes/${dispute.id}/win`);
    const won = await stripe.disputes.retrieve(dispute.id);
    expect(won.status).toBe("won");
    expect(won.balance_transactions).toMatchObject([{ net: -3499 }, { fee: 0, net: 1999 }]);
    expect((await types()).slice(0, 3)).toEqual([
      "charge.dispute.funds_reinstated",
      "charge.dispute.closed",
      "charge.dispute.updated",
    ]);
    expect((await stripe.refunds.create({ payment_intent })).amount).toBe(1999);
  });

  test("that is lost keeps the money, and ends once only", async () => {
    const { stripe, tell, read, payment_intent, dispute } = await startDisputed({
      amount: 900,
      reason: "product_not_received",
    });
    expect(dispute).toMatchObject({ amount: 900, reason: "product_not_received" });
    await tell(`/stripe/disputes/${dispute.id}/lose`);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("lost");
    await expect(tell(`/stripe/disputes/${dispute.id}/win`)).rejects.toThrow(/400/);
    const refused = await errorOf(stripe.refunds.create({ payment_intent }));
    expect(refused.code).toBe("charge_disputed");
    expect((await read<Ledger>("/stripe/ledger")).totals).toMatchObject({
      disputes: 1,
      disputedMinor: { gbp: 900 },
    });
  });

  test("that is only an inquiry takes nothing, and ends with a good answer", async () => {
    const { stripe, tell, read, payment_intent, dispute, types } = await startDisputed({
      inquiry: true,
    });
    expect(dispute).toMatchObject({
      status: "warning_needs_response",
      balance_transactions: [],
      is_charge_refundable: true,
      payment_method_details: { card: { case_type: "inquiry" } },
    });
    expect((await types())[0]).toBe("charge.dispute.created");
    await tell(`/stripe/disputes/${dispute.id}/review`);
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("warning_under_review");
    await stripe.refunds.create({ payment_intent, amount: 500 });
    await tell(`/stripe/disputes/${dispute.id}/win`);
    const closed = { status: "warning_closed", balance_transactions: [] };
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject(closed);
    expect((await types())[0]).toBe("charge.dispute.closed");
    await expect(tell(`/stripe/disputes/${dispute.id}/escalate`)).rejects.toThrow(/400/);
    expect((await read<Ledger>("/stripe/ledger")).totals.disputedMinor).toEqual({ gbp: 0 });
  });

  test("is an inquiry with its test card", async () => {
    const { stripe } = await startStandIns();
    const card = { payment_method: "pm_card_createDisputeInquiry", confirm: true };
    const { id: payment_intent } = await newIntent(stripe, card);
    expect((await stripe.disputes.list({ payment_intent })).data).toMatchObject([
      { status: "warning_needs_response", balance_transactions: [] },
    ]);
  });

  test("grows out of an inquiry, about what is left of the money", async () => {
    const { stripe, tell, payment_intent, dispute, types } = await startDisputed({ inquiry: true });
    await stripe.refunds.create({ payment_intent, amount: 500 });
    await tell(`/stripe/disputes/${dispute.id}/escalate`);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: "needs_response",
      amount: 1499,
      is_charge_refundable: false,
      balance_transactions: [{ amount: -1499, fee: 1500 }],
    });
    expect((await types()).slice(0, 2)).toEqual([
      "charge.dispute.funds_withdrawn",
      "charge.dispute.updated",
    ]);
    const refused = await errorOf(stripe.refunds.create({ payment_intent, amount: 100 }));
    expect(refused).toMatchObject({ code: "charge_disputed" });
  });

  test("fails the refunds that were under way, as Stripe does", async () => {
    const { stripe, tell } = await startStandIns();
    const { id } = await newIntent(stripe, paying);
    await tell("/stripe/refunds", { status: "pending" });
    const refund = await stripe.refunds.create({ payment_intent: id, amount: 500 });
    await tell(`/stripe/intents/${id}/dispute`);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: "failed",
      failure_reason: "charge_for_pending_refund_disputed",
    });
    const [dispute] = (await stripe.disputes.list()).data;
    const charge = await stripe.charges.retrieve(String(dispute?.charge));
    expect(charge).toMatchObject({ amount_refunded: 0, disputed: true });
  });

  test("is decided by the evidence that Stripe's test mode knows", async () => {
    const { stripe, dispute } = await startDisputed();
    const draft = { evidence: { customer_name: "Ada" }, submit: false };
    expect((await stripe.disputes.update(dispute.id, draft)).status).toBe("needs_response");
    const evidence = { uncategorized_text: "winning_evidence" };
    expect(await stripe.disputes.update(dispute.id, { evidence })).toMatchObject({
      status: "won",
      evidence: { customer_name: "Ada" },
      evidence_details: { has_evidence: true, submission_count: 1 },
    });
    expect(await errorOf(stripe.disputes.close(dispute.id))).toMatchObject({ statusCode: 400 });
  });

  test("is refused where there is nothing to dispute", async () => {
    const { stripe, tell, payment_intent } = await startDisputed();
    await expect(tell(`/stripe/intents/${payment_intent}/dispute`)).rejects.toThrow(/already/);
    const open = await newIntent(stripe);
    await expect(tell(`/stripe/intents/${open.id}/dispute`)).rejects.toThrow(/404/);
  });
});
