import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { statusQueue } from "../../src/queues/status.ts";
import { pollEvents } from "../../src/workers/poll-events.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { startReceiver, WEBHOOK_SECRET } from "../sandbox/stand-ins.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  awaitingPayment,
  intentFor,
  orderOf,
  payingMeans,
  untilPaymentIs,
  work,
} from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues({ WEBHOOK_SILENCE_SECONDS: 30 });
type Means = Awaited<ReturnType<typeof payingMeans>>;

async function events(): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; count: number }>`
    SELECT status, count(*) FROM webhook_events WHERE source = 'cursor' GROUP BY 1`.execute(
    desk.db,
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

async function cursor() {
  return await desk.db
    .selectFrom("stripe_cursors")
    .selectAll()
    .where("name", "=", "events")
    .executeTakeFirstOrThrow();
}

async function forget(): Promise<void> {
  await sql`DELETE FROM webhook_events`.execute(desk.db);
}

/** Intents that are none of ours, paid at once: each leaves an event. */
async function strangers({ gateway, standIns }: Means, count: number): Promise<void> {
  await standIns.tell("/stripe/auto_pay", { on: true });
  await Promise.all(
    Array.from({ length: count }, () =>
      gateway.createIntent({
        ...{ paymentId: randomUUID(), orderId: randomUUID(), installation: randomUUID() },
        ...{ orderNumber: "0000-0000-0000", amountMinor: 100, currency: "gbp", tryNumber: 1 },
      }),
    ),
  );
  await standIns.tell("/stripe/auto_pay", { on: false });
}

/** A webhook came a moment ago, so that webhooks seem to work. */
async function aWebhookCame(): Promise<void> {
  await sql`INSERT INTO webhook_events (id, source, type, topic, status, settled_at)
    VALUES (${`evt_${randomUUID()}`}, 'webhook', 'payment_intent.created', 'intent', 'ignored',
      now())
  `.execute(desk.db);
}

describe("the event cursor", () => {
  test("finds a payment among pages of strangers' events, without any webhook", async () => {
    const means = await payingMeans(desk);
    const paying = await awaitingPayment(desk, "polled-1");
    const intent = await intentFor(means, paying);
    await means.standIns.tell(`/stripe/intents/${intent.id}/pay`);
    await strangers(means, 130);
    const before = await cursor();

    work(statusQueue, statusHandlers(means), desk);
    await pollEvents(means);
    await untilPaymentIs(desk, paying, "captured");
    expect((await orderOf(desk, paying.orderId)).status).toBe("paid");
    expect(await events()).toEqual({ foreign: 130, applied: 1 });
    const after = await cursor();
    expect(after.position.getTime()).toBeGreaterThan(before.position.getTime());
    expect(after.version).toBe(before.version + 1);
    expect(after.due_at.getTime()).toBeGreaterThan(Date.now());
  }, 30_000);

  test("stores an event that is known already no second time", async () => {
    await forget();
    const means = await payingMeans(desk);
    await strangers(means, 3);
    await pollEvents(means);
    await pollEvents(means);
    expect(await events()).toEqual({ foreign: 3 });
  });

  test("asks for undelivered events only while webhooks arrive", async () => {
    await forget();
    const { url, received } = await startReceiver();
    const stripe = { webhookUrl: url, webhookSecret: WEBHOOK_SECRET };
    const means = await payingMeans(desk, stripe);
    await strangers(means, 2);
    await waitFor("the deliveries", () => received.length === 2 || undefined);
    await means.standIns.tell("/stripe/webhooks", { on: false });
    await strangers(means, 3);
    await aWebhookCame();
    await waitFor("the deliveries to be booked", async () => {
      await pollEvents(means);
      return (await events())["foreign"] === 3 || undefined;
    });
  });

  test("asks for all events when no webhook comes though somebody may be paying", async () => {
    await forget();
    const { url, received } = await startReceiver();
    const means = await payingMeans(desk, { webhookUrl: url, webhookSecret: WEBHOOK_SECRET });
    await awaitingPayment(desk, "polled-2");
    // Stripe delivers to an endpoint, but that is not us.
    await strangers(means, 2);
    await waitFor("the deliveries", () => received.length === 2 || undefined);
    await pollEvents(means);
    expect(await events()).toEqual({ foreign: 2 });
  });

  test("finds what came when our endpoint was gone and nobody had noticed", async () => {
    await forget();
    const { standIns, ...means } = await payingMeans(desk);
    let registered = true;
    const gateway = { ...means.gateway, hasWebhookEndpoint: async () => registered };
    await aWebhookCame();
    await strangers({ ...means, standIns }, 2);
    await pollEvents({ ...means, gateway });
    expect(await events()).toEqual({});
    // Three minutes later: the answer of before was still believed.
    await sql`UPDATE stripe_cursors SET position = position + interval '3 minutes'
      WHERE name = 'events'`.execute(desk.db);
    registered = false;
    const spans: Date[] = [];
    const listEvents: typeof gateway.listEvents = (query) => {
      spans.push(query.since);
      return gateway.listEvents(query);
    };
    for (let poll = 0; poll < 2; poll++) {
      await pollEvents({ ...means, gateway: { ...gateway, listEvents } });
    }
    expect(await events()).toEqual({ foreign: 2 });
    // Once is enough.
    const [first, second] = spans.map((since) => since.getTime());
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(5 * 60_000);
  });

  test("finds what happens though PostgreSQL's clock is ahead of Stripe's", async () => {
    await forget();
    const means = await payingMeans(desk, { now: () => Date.now() - 3_600_000 });
    await pollEvents(means);
    await strangers(means, 2);
    await pollEvents(means);
    expect(await events()).toEqual({ foreign: 2 });
    const { position } = await cursor();
    expect(position.getTime()).toBeLessThan(Date.now() - 3_590_000);
  });

  test("stands still, and is tried again, when Stripe can't be asked", async () => {
    const means = await payingMeans(desk);
    const route = "GET /v1/events";
    await means.standIns.tell("/faults", { service: "stripe", route, kind: "status", status: 500 });
    const before = await cursor();
    await expect(pollEvents(means)).rejects.toMatchObject({ name: "Unavailable" });
    expect((await cursor()).position).toEqual(before.position);
  });
});
