import { describe, expect, test } from "vitest";
import type { Delivery } from "../../sandbox/stripe/objects.ts";
import { waitFor } from "../support/wait-for.ts";
import { newIntent, startReceiver, startStandIns, WEBHOOK_SECRET } from "./stand-ins.ts";

const paying = { payment_method: "pm_card_visa", confirm: true };

async function startWithReceiver(dir?: string) {
  const { url, received } = await startReceiver();
  const settings = { webhookUrl: url, webhookSecret: WEBHOOK_SECRET, ...(dir ? { dir } : {}) };
  const standIns = await startStandIns(settings);
  const ids = () => received.map(({ body }) => String(JSON.parse(body).id));
  return { ...standIns, received, ids };
}

/** What became of 30 payments' events under this trouble, in the order in which they happened. */
async function fatesUnder(trouble: object) {
  const { stripe, tell, read, received } = await startWithReceiver();
  await tell("/stripe/trouble", trouble);
  for (let i = 0; i < 30; i++) await newIntent(stripe, paying);
  const deliveries = () => read<Delivery[]>("/stripe/deliveries");
  await waitFor("the deliveries' end", async () =>
    (await deliveries()).every(({ state }) => state !== "pending"),
  );
  const rows = await deliveries();
  const copies = rows.filter(({ fate }) => fate?.duplicated).length;
  const sent = rows.filter(({ state }) => state === "delivered").length;
  await waitFor("the last copy", () => received.length === sent + copies);
  return rows.map(({ state, fate }) => ({ state, fate }));
}

describe("trouble with deliveries", () => {
  const trouble = { seed: 7, drop: 0.2, lose: 0.2, duplicate: 0.3, reorder: 0.3, delayMs: [0, 9] };

  test("strikes the same deliveries under the same seed, others under another", async () => {
    const first = await fatesUnder(trouble);
    const again = await fatesUnder(trouble);
    const other = await fatesUnder({ ...trouble, seed: 8 });
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    for (const state of ["dropped", "lost", "delivered"]) {
      expect(first.map((row) => row.state)).toContain(state);
    }
    for (const way of ["duplicated", "reordered", "delayMs"] as const) {
      expect(first.filter(({ fate }) => fate?.[way]).length).toBeGreaterThan(0);
    }
  });

  test("goes on after a restart where it had stopped", async () => {
    const unbroken = await fatesUnder(trouble);
    const before = await startWithReceiver();
    await before.tell("/stripe/trouble", trouble);
    for (let i = 0; i < 15; i++) await newIntent(before.stripe, paying);
    await before.close();
    const after = await startWithReceiver(before.dir);
    for (let i = 0; i < 15; i++) await newIntent(after.stripe, paying);
    const rows = await after.read<Delivery[]>("/stripe/deliveries");
    expect(rows.map(({ fate }) => fate)).toEqual(unbroken.map(({ fate }) => fate));
  });

  test("drops some so that they are listed, and loses others so that they are not", async () => {
    const { stripe, tell, received, ids } = await startWithReceiver();
    await tell("/stripe/trouble", { drop: 1 });
    await newIntent(stripe, paying);
    await tell("/stripe/trouble", { lose: 1 });
    await newIntent(stripe, paying);
    await tell("/stripe/trouble", {});
    await newIntent(stripe, paying);
    await waitFor("the one webhook", () => received.length === 1);

    const type = "payment_intent.succeeded";
    const all = (await stripe.events.list({ type })).data.map(({ id }) => id);
    const undelivered = await stripe.events.list({ type, delivery_success: false });
    expect(undelivered.data.map(({ id }) => id)).toEqual([all[2]]);
    expect(ids()).toEqual([all[0]]);
    await tell(`/stripe/events/${all[1]}/resend`);
    await waitFor("the lost webhook", () => received.length === 2);
  });

  test("delivers twice, and out of order", async () => {
    const { stripe, tell, read, received, ids } = await startWithReceiver();
    await tell("/stripe/trouble", { duplicate: 1 });
    await newIntent(stripe, paying);
    await waitFor("both copies", () => received.length === 2);
    expect(new Set(ids()).size).toBe(1);

    await tell("/stripe/trouble", { reorder: 1, types: ["refund.*"] });
    await tell("/stripe/refunds", { status: "pending" });
    const endpoint = { url: `${(await stripe.webhookEndpoints.list()).data[0]?.url}` };
    await stripe.webhookEndpoints.create({ ...endpoint, enabled_events: ["*"] });
    const [paid] = (await stripe.paymentIntents.list()).data;
    await stripe.refunds.create({ payment_intent: paid?.id ?? "" });
    await waitFor("both events", () => received.length === 4);
    const types = received.slice(2).map(({ body }) => JSON.parse(body).type);
    expect(types).toEqual(["charge.refunded", "refund.created"]);
    expect(await read<Delivery[]>("/stripe/deliveries")).toHaveLength(3);
  });

  test("loses the next so many, and then no more", async () => {
    const { stripe, tell, read, received } = await startWithReceiver();
    await tell("/stripe/webhooks/lose_next", { count: 2 });
    for (let i = 0; i < 3; i++) await newIntent(stripe, paying);
    await waitFor("the third", () => received.length === 1);
    const deliveries = await read<Delivery[]>("/stripe/deliveries");
    expect(deliveries.slice(0, 2).map(({ state }) => state)).toEqual(["lost", "lost"]);
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
    await tell("/stripe/webhooks/lose_next", { count: 5 });
    await tell("/reset");
    await newIntent(stripe, paying);
    await waitFor("one after the reset", () => received.length === 2);
  });

  test("is refused when it makes no sense", async () => {
    const { tell } = await startStandIns();
    await expect(tell("/stripe/trouble", { drop: 2 })).rejects.toThrow(/drop/);
    await expect(tell("/stripe/trouble", { delayMs: [9, 1] })).rejects.toThrow(/delayMs/);
  });
});
