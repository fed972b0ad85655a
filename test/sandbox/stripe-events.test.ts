import type Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../sandbox/stripe/objects.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  errorOf,
  newIntent,
  startReceiver,
  startStandIns,
  stripeClient,
  WEBHOOK_SECRET,
} from "./stand-ins.ts";

const typesOf = ({ data }: { data: Stripe.Event[] }) => data.map(({ type }) => type);

async function startWithReceiver(statuses: number[] = []) {
  const { url, received } = await startReceiver(statuses);
  const settings = { webhookUrl: url, webhookSecret: WEBHOOK_SECRET };
  return { ...(await startStandIns(settings)), settings, received };
}

describe("events", () => {
  test("tell what happened, newest first, with the request that caused it", async () => {
    const { stripe } = await startStandIns();
    const { id, lastResponse } = await stripe.paymentIntents.create(
      { amount: 1999, currency: "gbp" },
      { idempotencyKey: "key-1" },
    );
    await errorOf(stripe.paymentIntents.confirm(id, { payment_method: "pm_card_chargeDeclined" }));
    await stripe.paymentIntents.confirm(id, { payment_method: "pm_card_threeDSecure2Required" });
    await stripe.paymentIntents.cancel(id);
    const paying = { payment_method: "pm_card_visa", confirm: true };
    await newIntent(stripe, paying);

    const events = await stripe.events.list();
    expect(typesOf(events)).toEqual([
      "payment_intent.succeeded",
      "charge.succeeded",
      "payment_intent.created",
      "payment_intent.canceled",
      "payment_intent.requires_action",
      "payment_intent.payment_failed",
      "charge.failed",
      "payment_intent.created",
    ]);
    const oldest = events.data.at(-1);
    expect(oldest).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      object: "event",
      api_version: "2026-10-28.endive",
      request: { id: lastResponse.requestId, idempotency_key: "key-1" },
      pending_webhooks: 0,
      data: { object: { id, status: "requires_payment_method" } },
    });
    expect(await stripe.events.retrieve(oldest?.id ?? "")).toEqual(oldest);
  });

  test("are filtered by type, time and delivery, and come in pages", async () => {
    let now = 1_800_000_000_000;
    const { stripe } = await startStandIns({ now: () => now });
    for (let i = 0; i < 3; i++) {
      await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
      now += 10_000;
    }
    const list = stripe.events.list.bind(stripe.events);
    const types = ["payment_intent.succeeded", "payment_intent.created"];
    expect(typesOf(await list({ types, limit: 3 }))).toEqual([types[0], types[1], types[0]]);
    expect(typesOf(await list({ type: "charge.*" }))).toHaveLength(3);
    expect(typesOf(await list({ created: { gte: 1_800_000_010, lt: 1_800_000_020 } }))).toEqual([
      "payment_intent.succeeded",
      "charge.succeeded",
      "payment_intent.created",
    ]);
    expect((await list({ delivery_success: false })).data).toEqual([]);

    const all = await list({ limit: 2 }).autoPagingToArray({ limit: 100 });
    expect(all).toHaveLength(9);
    const newer = await list({ ending_before: all[3]?.id ?? "" });
    expect(newer.data).toEqual(all.slice(0, 3));
  });
});

describe("a webhook", () => {
  test("carries a signature that the SDK accepts, and the event as it is listed", async () => {
    const { stripe, received } = await startWithReceiver();
    await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
    await waitFor("the webhook", () => received.length === 1);

    const { body = "", signature = "" } = received[0] ?? {};
    const event = stripe.webhooks.constructEvent(body, signature, WEBHOOK_SECRET);
    expect(event).toMatchObject({ type: "payment_intent.succeeded", pending_webhooks: 1 });
    expect(() => stripe.webhooks.constructEvent(body, signature, "whsec_other")).toThrow();
    await waitFor("the delivery on record", async () => {
      return (await stripe.events.retrieve(event.id)).pending_webhooks === 0;
    });
  });

  test("is tried again after a 500 until it is taken, with the same event", async () => {
    const { stripe, received } = await startWithReceiver([500, 503]);
    await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
    await waitFor("3 webhooks", () => received.length === 3);

    const ids = received.map(({ body }) => JSON.parse(body).id);
    expect(new Set(ids).size).toBe(1);
    await waitFor("every delivery on record", async () => {
      return (await stripe.events.list({ delivery_success: false })).data.length === 0;
    });
  });

  test("is listed while the endpoint is away, and comes after a restart", async () => {
    const away = { webhookUrl: "http://127.0.0.1:9/", webhookSecret: WEBHOOK_SECRET };
    const before = await startStandIns(away);
    await newIntent(before.stripe, { payment_method: "pm_card_visa", confirm: true });
    const undelivered = await before.stripe.events.list({ delivery_success: false });
    expect(typesOf(undelivered)).toEqual(["payment_intent.succeeded"]);
    await before.close();

    const { url, received } = await startReceiver();
    const settings = { webhookUrl: url, webhookSecret: WEBHOOK_SECRET, dir: before.dir };
    const after = await startStandIns(settings);
    await waitFor("the webhook", () => received.length === 1);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ id: undelivered.data[0]?.id });
    await waitFor("three delivered events", async () => {
      return (await after.stripe.events.list({ delivery_success: true })).data.length === 3;
    });
  });

  test("never comes while delivery is switched off, and can be sent by hand", async () => {
    const { stripe, tell, read, received } = await startWithReceiver();
    await tell("/stripe/webhooks", { on: false });
    await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
    const { data } = await stripe.events.list({ delivery_success: false });
    expect(typesOf({ data })).toEqual(["payment_intent.succeeded"]);

    await tell("/stripe/webhooks", { on: true });
    await newIntent(stripe, { payment_method: "pm_card_visa", confirm: true });
    await waitFor("the webhook", () => received.length === 1);
    expect(JSON.parse(received[0]?.body ?? "").id).not.toBe(data[0]?.id);

    await tell(`/stripe/events/${data[0]?.id}/resend`);
    await waitFor("2 webhooks", () => received.length === 2);
    expect(JSON.parse(received[1]?.body ?? "").id).toBe(data[0]?.id);
    await waitFor("every delivery on record", async () => {
      const deliveries = await read<Delivery[]>("/stripe/deliveries");
      return deliveries.every(({ state }) => state === "delivered");
    });
  });

  test("comes for each of 200 orders at once", async () => {
    const { stripe, received } = await startWithReceiver();
    const paying = { payment_method: "pm_card_visa", confirm: true };
    await Promise.all(Array.from({ length: 200 }, () => newIntent(stripe, paying)));
    await waitFor("200 webhooks", () => received.length === 200);
    expect(new Set(received.map(({ body }) => JSON.parse(body).id)).size).toBe(200);
  });

  test("goes to the one endpoint, which is listed as enabled", async () => {
    const { stripe, settings } = await startWithReceiver();
    const { data } = await stripe.webhookEndpoints.list();
    expect(data).toMatchObject([{ status: "enabled", url: settings.webhookUrl }]);
    expect(await stripe.webhookEndpoints.retrieve(data[0]?.id ?? "")).toEqual(data[0]);

    const silent = await startStandIns();
    expect((await stripeClient(silent.url).webhookEndpoints.list()).data).toEqual([]);
  });
});
