import type Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { newIntent, startReceiver, startStandIns, WEBHOOK_SECRET } from "./stand-ins.ts";

const DAY_SECONDS = 24 * 60 * 60;
const params = { amount: 1999, currency: "gbp" };

describe("the clock", () => {
  test("goes ahead for stamps and for keys, over a restart, and back with a reset", async () => {
    const start = 1_800_000_000_000;
    const before = await startStandIns({ now: () => start });
    const key = { idempotencyKey: "key-1" };
    const first = await before.stripe.paymentIntents.create(params, key);
    await before.tell("/clock", { advanceSeconds: DAY_SECONDS - 1 });
    expect((await before.stripe.paymentIntents.create(params, key)).id).toBe(first.id);
    await before.tell("/clock", { advanceSeconds: 1 });
    await before.close();

    const { stripe, tell } = await startStandIns({ now: () => start, dir: before.dir });
    const second = await stripe.paymentIntents.create(params, key);
    expect(second.id).not.toBe(first.id);
    expect(second.created - first.created).toBe(DAY_SECONDS);
    await tell("/reset");
    expect((await newIntent(stripe)).created).toBe(first.created);
    await expect(tell("/clock", { advanceSeconds: -1 })).rejects.toThrow(/advanceSeconds/);
  });

  test("does not move the time that events are signed with", async () => {
    const { url, received } = await startReceiver();
    const settings = { webhookUrl: url, webhookSecret: WEBHOOK_SECRET };
    const { stripe, tell } = await startStandIns(settings);
    await tell("/clock", { advanceSeconds: DAY_SECONDS });
    await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
    await waitFor("the webhook", () => received.length === 1);
    const signedAt = Number(/t=(\d+)/.exec(received[0]?.signature ?? "")?.[1]);
    expect(Math.abs(signedAt - Date.now() / 1_000)).toBeLessThan(60);
    expect(JSON.parse(received[0]?.body ?? "").created - signedAt).toBeGreaterThan(
      DAY_SECONDS - 60,
    );
  });
});

describe("the webhook's secret", () => {
  test("may be two while it is changed, and another when it is told to", async () => {
    const { url, received } = await startReceiver();
    const settings = { webhookUrl: url, webhookSecret: "whsec_new,whsec_old" };
    const { stripe, tell } = await startStandIns(settings);
    const secretsOf = async (count: number) => {
      await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
      await waitFor("the webhook", () => received.length === count);
      const { body = "", signature = "" } = received.at(-1) ?? {};
      const fits = (secret: string) => {
        try {
          return Boolean(stripe.webhooks.constructEvent(body, signature, secret));
        } catch {
          return false;
        }
      };
      return ["whsec_new", "whsec_old", "whsec_other"].filter(fits);
    };
    expect(await secretsOf(1)).toEqual(["whsec_new", "whsec_old"]);
    await tell("/stripe/webhook_secret", { secret: "whsec_other" });
    expect(await secretsOf(2)).toEqual(["whsec_other"]);
    await tell("/stripe/webhook_secret", {});
    expect(await secretsOf(3)).toEqual(["whsec_new", "whsec_old"]);
  });
});

describe("the account", () => {
  test("is another one when other keys are played, and the usual one after a reset", async () => {
    const { stripe, tell } = await startStandIns();
    const idNow = async () => (await stripe.accounts.retrieveCurrent()).id;
    const usual = await idNow();
    await tell("/stripe/account", { id: "acct_other" });
    expect(await idNow()).toBe("acct_other");
    await tell("/reset");
    expect(await idNow()).toBe(usual);
  });
});

describe("payment by itself", () => {
  test("takes the card and the time that it is told to", async () => {
    const { stripe, tell } = await startStandIns();
    await tell("/stripe/auto_pay", { on: true, card: "pm_card_amex", delayMs: 1_000 });
    const { id } = await newIntent(stripe);
    const canceled = await newIntent(stripe);
    await stripe.paymentIntents.cancel(canceled.id);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe("requires_payment_method");
    await waitFor("the payment", async () => {
      return (await stripe.paymentIntents.retrieve(id)).status === "succeeded";
    });
    expect((await stripe.paymentIntents.retrieve(id)).payment_method).toBe("pm_card_amex");
    expect((await stripe.paymentIntents.retrieve(canceled.id)).status).toBe("canceled");
  });
});

describe("the next card", () => {
  test("behaves as it is told to, once, and the switches say so until then", async () => {
    const { stripe, tell, read } = await startStandIns();
    const pay = async () => {
      const { id } = await newIntent(stripe);
      const confirmed = stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
      return await confirmed.then(
        ({ status }) => status,
        (error: { code?: string }) => error.code,
      );
    };
    const told = async () => (await read<{ nextCard: string }>("/stripe/switches")).nextCard;
    await tell("/stripe/next_card", { card: "pm_card_visa_chargeDeclined" });
    expect(await told()).toBe("pm_card_visa_chargeDeclined");
    expect([await pay(), await told(), await pay()]).toEqual(["card_declined", null, "succeeded"]);
    await tell("/stripe/next_card", { card: "pm_card_threeDSecure2Required" });
    expect(await pay()).toBe("requires_action");
    await expect(tell("/stripe/next_card", { card: "pm_of_nobody" })).rejects.toThrow(/pm_of/);
  });
});

describe("lists", () => {
  test("of charges, disputes and fees come in pages and by what they are of", async () => {
    let now = 1_800_000_000_000;
    const { stripe } = await startStandIns({ now: () => now });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const card = { payment_method: "pm_card_createDispute", confirm: true };
      ids.unshift((await newIntent(stripe, card)).id);
      now += 10_000;
    }
    for (const resource of [stripe.charges, stripe.disputes] as const) {
      const list = (ask: Stripe.ChargeListParams & Stripe.DisputeListParams) => resource.list(ask);
      const intentsOf = ({ data }: Stripe.ApiList<Stripe.Charge | Stripe.Dispute>) =>
        data.map(({ payment_intent }) => payment_intent);
      const page = await list({ limit: 2 });
      expect([page.has_more, intentsOf(page)]).toEqual([true, ids.slice(0, 2)]);
      const rest = await list({ starting_after: page.data[1]?.id ?? "" });
      expect(intentsOf(rest)).toEqual(ids.slice(2));
      const newer = await list({ ending_before: page.data[1]?.id ?? "" });
      expect(intentsOf(newer)).toEqual(ids.slice(0, 1));
      const middle = await list({ created: { gte: 1_800_000_010, lt: 1_800_000_020 } });
      expect(intentsOf(middle)).toEqual(ids.slice(1, 2));
      expect(intentsOf(await list({ payment_intent: ids[2] ?? "" }))).toEqual(ids.slice(2));
    }
    const fees = await stripe.balanceTransactions.list({ type: "adjustment", limit: 1 });
    expect(fees).toMatchObject({ has_more: true, data: [{ fee: 1500 }] });
  });
});
