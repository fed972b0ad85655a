import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkWorld } from "../../scripts/world/check-world.ts";
import { jsonClient } from "../../scripts/world/json-client.ts";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { stripeClient } from "../sandbox/stand-ins.ts";
import { quiet } from "../support/settings.ts";
import { type OrderJson, openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

type Mail = { subject: string; text: string; categories: string[] };

let world: World;
let store: Storefront;
let db: Db;
const orders: string[] = [];

beforeAll(async () => {
  world = await startTestWorld({
    processes: ["web", "reservation", "payment", "status", "notification", "sweeper"],
  });
  store = await openStorefront(world);
  db = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 }, quiet);
}, 60_000);
afterAll(async () => {
  await db?.destroy();
  await world?.stop();
});

/** A paid order of two that cost 10.00, and its intent. */
async function sold(): Promise<{ order: OrderJson; intent: string }> {
  const sku = `back-${orders.length}`;
  await store.sell(sku, 5, 500);
  const order = await store.order([{ sku, quantity: 2 }]);
  const intent = await store.pay(order.id);
  await store.until(order.id, "paid");
  orders.push(order.id);
  return { order, intent };
}

async function ask<Body>(
  id: string,
  path: string,
  body: object,
  key = randomUUID(),
): Promise<Body> {
  const wish = { body, idempotencyKey: key };
  return (await store.shop<Body>("POST", `/v1/orders/${id}/${path}`, wish)).body;
}

async function mailsOf(id: string, category: string): Promise<Mail[]> {
  const { body } = await store.sandbox<Mail[]>("GET", `/_sandbox/mail?orderId=${id}`);
  return body.filter(({ categories }) => categories.includes(category));
}

const firstMailOf = (id: string, category: string) =>
  waitFor(`the mail ${category}`, async () => (await mailsOf(id, category))[0]);

async function refundsAtStripe(intent: string): Promise<Stripe.Refund[]> {
  const stripe = stripeClient(world.sandboxUrl ?? "");
  return (await stripe.refunds.list({ payment_intent: intent })).data;
}

/** Our books agree with themselves, and with those of the stand-ins. */
async function expectSoundWorld(): Promise<void> {
  const standIns = { stripe: world.sandboxUrl, mail: world.sandboxUrl };
  const findings = await checkWorld(db, standIns, { patienceSeconds: 60 }, orders);
  expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
}

describe("money that goes back, over HTTP, each process a process", () => {
  test("is asked for once, made once, told once, and seen on the order", async () => {
    const { order, intent } = await sold();
    const key = randomUUID();
    const wish = { amountMinor: 300, reason: "goodwill" };
    const clicks = await Promise.all(
      Array.from({ length: 50 }, () => ask<{ id: string }>(order.id, "refunds", wish, key)),
    );
    expect(new Set(clicks.map(({ id }) => id)).size).toBe(1);
    await store.untilHappened(order.id, "refund_succeeded");
    expect(await refundsAtStripe(intent)).toMatchObject([{ amount: 300, status: "succeeded" }]);
    expect(await store.read(order.id)).toMatchObject({
      ...{ status: "paid", paymentStatus: "partially_refunded", refundedMinor: 300 },
    });
    const mail = await firstMailOf(order.id, "order_refunded");
    expect(mail.text).toContain("£3.00");
    await expectSoundWorld();
    expect(await mailsOf(order.id, "order_refunded")).toHaveLength(1);
  });

  test("in Stripe's dashboard is noticed by its webhook, and told to the customer", async () => {
    const { order, intent } = await sold();
    const stripe = stripeClient(world.sandboxUrl ?? "");
    await stripe.refunds.create({ payment_intent: intent });
    await store.untilHappened(order.id, "refund_succeeded");
    expect(await store.read(order.id)).toMatchObject({ paymentStatus: "refunded" });
    await firstMailOf(order.id, "order_refunded");
    await expectSoundWorld();
  });

  test("in the dashboard is noticed with webhooks off, too", async () => {
    const { order, intent } = await sold();
    const stripe = stripeClient(world.sandboxUrl ?? "");
    await store.sandbox("POST", "/_sandbox/stripe/webhooks", { body: { on: false } });
    try {
      await stripe.refunds.create({ payment_intent: intent, amount: 100 });
      await store.untilHappened(order.id, "refund_succeeded");
    } finally {
      await store.sandbox("POST", "/_sandbox/stripe/webhooks", { body: { on: true } });
    }
    await expectSoundWorld();
  });

  test("with a cancellation that its customer makes by themselves", async () => {
    const { order, intent } = await sold();
    const guest = jsonClient(world.apiUrl, order.orderToken ?? "");
    const wish = { body: { refund: "full" }, idempotencyKey: randomUUID() };
    const { body } = await guest<OrderJson>("POST", `/v1/orders/${order.id}/cancel`, wish);
    expect(body.status).toBe("cancelled");
    await store.untilHappened(order.id, "refund_succeeded");
    expect(await refundsAtStripe(intent)).toMatchObject([{ amount: 1_000 }]);
    const mail = await firstMailOf(order.id, "order_cancelled");
    expect(mail.text.replace(/\s+/g, " ")).toContain("£10.00 is on its way back to you");
    await expectSoundWorld();
    expect(await mailsOf(order.id, "order_refunded")).toEqual([]);
  });

  test("goes while a bank only asks, and waits once it takes the money", async () => {
    const { order, intent } = await sold();
    const { body: inquiry } = await store.sandbox<{ id: string }>(
      "POST",
      `/_sandbox/stripe/intents/${intent}/dispute`,
      { body: { inquiry: true } },
    );
    await store.untilHappened(order.id, "dispute_opened");
    expect(await store.read(order.id)).toMatchObject({ paymentStatus: "paid" });
    await ask(order.id, "refunds", { amountMinor: 300, reason: "goodwill" });
    await store.untilHappened(order.id, "refund_succeeded");
    await expectSoundWorld();

    const escalate = `/_sandbox/stripe/disputes/${inquiry.id}/escalate`;
    await store.sandbox("POST", escalate, { body: {} });
    await waitFor("the dispute", async () => {
      return (await store.read(order.id)).paymentStatus === "disputed" || undefined;
    });
    const refund = () => ask(order.id, "refunds", { amountMinor: 100, reason: "goodwill" });
    await expect(refund()).rejects.toThrow("409");
    await expectSoundWorld();
  });

  test("waits while a bank disputes the payment, and goes when the dispute is won", async () => {
    const { order, intent } = await sold();
    const dispute = await store.sandbox<{ id: string }>(
      "POST",
      `/_sandbox/stripe/intents/${intent}/dispute`,
      { body: {} },
    );
    await store.untilHappened(order.id, "dispute_opened");
    expect((await store.read(order.id)).paymentStatus).toBe("disputed");
    const refund = () => ask(order.id, "refunds", { reason: "goodwill" });
    await expect(refund()).rejects.toThrow("409");
    await expectSoundWorld();
    await store.sandbox("POST", `/_sandbox/stripe/disputes/${dispute.body.id}/win`, { body: {} });
    await store.untilHappened(order.id, "dispute_won");
    await refund();
    await store.untilHappened(order.id, "refund_succeeded");
    await expectSoundWorld();
  });
});
