import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { followOrder } from "../../docs/examples/follow-order.ts";
import type { World } from "../../scripts/world/world.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

type Mail = { subject: string; text: string; html: string };

let world: World;
let store: Storefront;

beforeAll(async () => {
  world = await startTestWorld({
    processes: ["web", "reservation", "payment", "status", "notification", "sweeper"],
    settings: { HOLD_MINUTES: "0.1" },
  });
  store = await openStorefront(world);
}, 60_000);
afterAll(() => world?.stop());

async function mailsOf(orderId: string, count: number): Promise<Mail[]> {
  return await waitFor(`${count} mails of order ${orderId}`, async () => {
    const { body } = await store.sandbox<Mail[]>("GET", `/_sandbox/mail?orderId=${orderId}`);
    return body.length >= count ? body : undefined;
  });
}

async function stockOf(sku: string): Promise<{ onHand: number; reserved: number }> {
  return (await store.shop<{ onHand: number; reserved: number }>("GET", `/v1/stock/${sku}`)).body;
}

async function intentStatus(orderId: string): Promise<string[]> {
  const { body } = await store.sandbox<{ intents: { orderId: string; status: string }[] }>(
    "GET",
    "/_sandbox/stripe/ledger",
  );
  return body.intents.filter((line) => line.orderId === orderId).map(({ status }) => status);
}

describe("an order's whole journey, over HTTP, each process a process", () => {
  test("goes from a POST to a confirmation by mail and SMS", async () => {
    await store.sell("Journey-1", 5, 1_250);
    const order = await store.order([{ sku: "journey-1", quantity: 2 }]);
    expect(order).toMatchObject({ status: "reserving", totalMinor: 2_500 });
    await store.pay(order.id);
    await store.until(order.id, "paid");

    const [mail] = await mailsOf(order.id, 1);
    expect(mail?.subject).toContain(order.number);
    expect(mail?.text).toContain("£25.00");
    await waitFor("the SMS", async () => {
      const { body } = await store.sandbox<{ body: string }[]>("GET", "/_sandbox/sms");
      return body.some((sms) => sms.body.includes(order.number)) || undefined;
    });
    expect(await store.eventsOf(order.id)).toEqual([
      "placed",
      "checked_out",
      "stock_reserved",
      "payment_started",
      "payment_captured",
    ]);
    expect(await stockOf("journey-1")).toMatchObject({ onHand: 5, reserved: 2 });
  });

  test("says per line what was out of stock", async () => {
    await store.sell("Journey-2", 1);
    const { id } = await store.order([{ sku: "Journey-2", quantity: 3 }]);
    const order = await store.until(id, "rejected");
    expect(order.shortages).toEqual([{ sku: "Journey-2", requested: 3, available: 1 }]);
    expect(await mailsOf(id, 1)).toHaveLength(1);
  });

  test("lets another card pay after a decline, and tells the customer of it once", async () => {
    await store.sell("Journey-3", 5);
    const { id } = await store.order([{ sku: "Journey-3", quantity: 1 }]);
    await store.pay(id, "pm_card_visa_chargeDeclinedInsufficientFunds");
    await waitFor(
      "the decline in the history",
      async () => (await store.eventsOf(id)).includes("payment_declined") || undefined,
    );
    // The mail offers to pay again: it must not come once that was done.
    await mailsOf(id, 1);
    await store.pay(id);
    await store.until(id, "paid");
    expect(await mailsOf(id, 2)).toHaveLength(2);
  });

  test("finishes 3-D Secure and is paid", async () => {
    await store.sell("Journey-4", 5);
    const { id } = await store.order([{ sku: "Journey-4", quantity: 1 }]);
    await store.pay(id, "pm_card_threeDSecure2Required");
    await waitFor(
      "the wish for 3-D Secure in the history",
      async () => (await store.eventsOf(id)).includes("payment_action_required") || undefined,
    );
    const intent = await store.untilPayable(id);
    await store.sandbox("POST", `/_sandbox/stripe/intents/${intent}/authenticate`, { body: {} });
    await store.until(id, "paid");
  });

  test("expires when abandoned: the intent is cancelled, then the stock is free", async () => {
    await store.sell("Journey-5", 2);
    const { id } = await store.order([{ sku: "Journey-5", quantity: 2 }]);
    await store.untilPayable(id);
    expect(await stockOf("Journey-5")).toMatchObject({ reserved: 2 });
    await waitFor(
      "the stock to be free",
      async () => (await stockOf("Journey-5")).reserved === 0 || undefined,
    );
    expect(await intentStatus(id)).toEqual(["canceled"]);
    expect((await mailsOf(id, 1))[0]?.subject).toBeDefined();
    expect(await store.eventsOf(id)).toContain("hold_expired");
  });

  test("is cancelled by its customer, who is told", async () => {
    await store.sell("Journey-6", 2);
    const { id } = await store.order([{ sku: "Journey-6", quantity: 1 }]);
    await store.untilPayable(id);
    const answer = await store.shop("POST", `/v1/orders/${id}/cancel`, {
      idempotencyKey: crypto.randomUUID(),
    });
    expect(answer.status).toBe(202);
    await store.until(id, "cancelled");
    expect(await stockOf("Journey-6")).toMatchObject({ reserved: 0 });
    expect(await intentStatus(id)).toEqual(["canceled"]);
    expect(await mailsOf(id, 1)).toHaveLength(1);
  });

  test("is answered with its client secret, and followed live to its end", async () => {
    await store.sell("Journey-8", 2);
    const answer = await fetch(new URL("/v1/orders", world.apiUrl), {
      method: "POST",
      headers: {
        authorization: `Bearer ${store.secretKey}`,
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
        prefer: "wait=15",
      },
      body: JSON.stringify({
        contact: { email: "buyer@shop.example" },
        lines: [{ sku: "Journey-8", quantity: 1 }],
      }),
    });
    const order = (await answer.json()) as Record<string, string>;
    const clientSecret = expect.stringContaining("_secret_");
    expect([answer.status, order]).toMatchObject([201, { payment: { clientSecret } }]);
    const seen: string[] = [];
    const url = new URL(`/v1/orders/${order["id"]}/events`, world.apiUrl).href;
    const followed = followOrder(url, order["orderToken"] ?? "", ({ type }) => seen.push(type));
    await store.shop("POST", `/v1/orders/${order["id"]}/cancel`, {
      idempotencyKey: crypto.randomUUID(),
    });
    await followed;
    expect(seen).toEqual((await store.eventsOf(order["id"] ?? "")).map((name) => `order.${name}`));
    expect(seen.at(-1)).toBe("order.cancelled");
  });

  test("is found paid though no webhook ever comes", async () => {
    await store.sell("Journey-7", 2);
    await store.sandbox("POST", "/_sandbox/stripe/webhooks", { body: { on: false } });
    try {
      const { id } = await store.order([{ sku: "Journey-7", quantity: 1 }]);
      await store.pay(id);
      await store.until(id, "paid");
    } finally {
      await store.sandbox("POST", "/_sandbox/stripe/webhooks", { body: { on: true } });
    }
  });
});
