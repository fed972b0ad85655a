import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusQueue } from "../../src/queues/status.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { openApi, webhookSecret } from "../support/api.ts";
import { testRedisUrl } from "../support/redis.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  awaitingPayment,
  intentFor,
  orderOf,
  type Paying,
  payingMeans,
  paymentOf,
  untilPaymentIs,
  work,
} from "./paying.ts";
import { useQueues } from "./queue-desk.ts";

const desk = useQueues();
let api: Awaited<ReturnType<typeof openApi>>;

beforeAll(async () => {
  const { DATABASE_URL, QUEUE_PREFIX } = desk.settings;
  api = await openApi(DATABASE_URL, { url: testRedisUrl(), prefix: QUEUE_PREFIX });
});
afterAll(() => api?.close());

type StripeEvent = { id: string; data: { object: { metadata: Record<string, string> } } };

/** An order whose intent is paid at Stripe, and the event that tells of it. */
async function paidAtStripe(sku: string) {
  const means = await payingMeans(desk);
  const paying = await awaitingPayment(desk, sku);
  const intent = await intentFor(means, paying);
  await means.standIns.tell(`/stripe/intents/${intent.id}/pay`);
  const { data } = await means.standIns.stripe.events.list({ type: "payment_intent.succeeded" });
  const [event] = data;
  if (!event) throw new Error("There is no event.");
  return { means, paying, event: event as unknown as StripeEvent };
}

async function deliver(event: object, signature = signed(event)): Promise<number> {
  const response = await api.fetch(
    new Request("http://api.test/v1/webhooks/stripe", {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signature },
      body: JSON.stringify(event),
    }),
  );
  return response.status;
}

function signed(
  event: object,
  at = Math.floor(Date.now() / 1_000),
  secret = webhookSecret,
): string {
  const text = `${at}.${JSON.stringify(event)}`;
  return `t=${at},v1=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

function rowsOf({ id }: StripeEvent) {
  return desk.db.selectFrom("webhook_events").selectAll().where("id", "=", id).execute();
}

async function historyOf({ orderId }: Paying): Promise<string[]> {
  const rows = await desk.db
    .selectFrom("order_events")
    .select("event")
    .where("order_id", "=", orderId)
    .orderBy("seq")
    .execute();
  return rows.map(({ event }) => event);
}

function messagesOf({ orderId }: Paying) {
  return desk.db
    .selectFrom("notifications")
    .select("channel")
    .where("order_id", "=", orderId)
    .where("channel", "=", "email")
    .execute();
}

describe("a webhook", () => {
  test("delivered 50 times at once, and again later, is one effect", async () => {
    const { means, paying, event } = await paidAtStripe("hooked-1");
    work(statusQueue, statusHandlers(means), desk);
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(event)));
    expect(new Set(answers)).toEqual(new Set([200]));
    await untilPaymentIs(desk, paying, "captured");
    expect(await deliver(event)).toBe(200);

    await waitFor("the event to be applied", async () => {
      const [row] = await rowsOf(event);
      return row?.status === "applied" || undefined;
    });
    expect(await rowsOf(event)).toHaveLength(1);
    const history = await historyOf(paying);
    expect(history.filter((name) => name === "payment_captured")).toHaveLength(1);
    expect(await messagesOf(paying)).toHaveLength(1);
  });

  test("that comes before our own record of the intent makes the order paid", async () => {
    const { means, paying, event } = await paidAtStripe("hooked-2");
    expect((await paymentOf(desk, paying)).intent_id).toBeNull();
    work(statusQueue, statusHandlers(means), desk);
    await deliver(event);
    const payment = await untilPaymentIs(desk, paying, "captured");
    expect(payment.intent_id).not.toBeNull();
    expect((await orderOf(desk, paying.orderId)).status).toBe("paid");
  });

  test("of another installation is kept as foreign and changes nothing", async () => {
    const { paying, event } = await paidAtStripe("hooked-3");
    const { metadata } = event.data.object;
    metadata["aurora_installation"] = crypto.randomUUID();
    const before = await orderOf(desk, paying.orderId);
    expect(await deliver(event)).toBe(200);
    expect(await rowsOf(event)).toMatchObject([{ status: "foreign", due_at: null }]);
    expect(await orderOf(desk, paying.orderId)).toEqual(before);
  });

  test("with our stamp and no payment of ours waits, and in the end for a person", async () => {
    const { means, event } = await paidAtStripe("hooked-4");
    event.data.object.metadata["payment_id"] = "no uuid at all";
    Object.assign(event.data.object, { id: "pi_unknown" });
    await deliver(event);
    expect(await rowsOf(event)).toMatchObject([{ status: "received", payment_id: null }]);
    await desk.db
      .updateTable("webhook_events")
      .set({ round: 5 })
      .where("id", "=", event.id)
      .execute();
    work(statusQueue, statusHandlers(means), desk);
    const hint = { id: event.id, version: 1, round: 5, order: null };
    desk.hints.send([{ queue: "status", kind: "apply_event", ...hint }]);
    await waitFor("the event to be parked", async () => {
      const [row] = await rowsOf(event);
      return row?.status === "unmatched" || undefined;
    });
  });

  test.each([
    ["a forged signature", (event: object) => signed(event, undefined, "whsec_forged")],
    ["an old timestamp", (event: object) => signed(event, Math.floor(Date.now() / 1_000) - 400)],
    ["a future timestamp", (event: object) => signed(event, Math.floor(Date.now() / 1_000) + 400)],
  ])("with %s is refused and leaves no trace", async (_what, signature) => {
    const event = { id: `evt_${crypto.randomUUID()}`, data: { object: { metadata: {} } } };
    expect(await deliver(event, signature(event))).toBe(400);
    expect(await rowsOf(event)).toEqual([]);
  });
});
