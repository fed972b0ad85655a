import { describe, expect, test } from "vitest";
import { statusQueue } from "../../src/queues/status.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { orderOf, paymentOf, untilPaymentIs, work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";
import { paidAtStripe, signed, storyOf, useWebhooks } from "./webhook-desk.ts";

const desk = useQueues();
const { deliver, rowOf, untilEventIs } = useWebhooks(desk);

describe("a webhook", () => {
  test("delivered 50 times at once, and again later, is one effect", async () => {
    const { means, paying, event } = await paidAtStripe(desk, "hooked-1");
    work(statusQueue, statusHandlers(means), desk);
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(event)));
    expect(new Set(answers)).toEqual(new Set([200]));
    await untilPaymentIs(desk, paying, "captured");
    expect(await deliver(event)).toBe(200);

    await untilEventIs(event, "applied");
    const { events, mails } = await storyOf(desk, paying.orderId);
    expect(events.filter((name) => name === "payment_captured")).toHaveLength(1);
    expect(mails).toEqual(["order_paid"]);
  });

  test("that comes before our own record of the intent makes the order paid", async () => {
    const { means, paying, event } = await paidAtStripe(desk, "hooked-2");
    expect((await paymentOf(desk, paying)).intent_id).toBeNull();
    work(statusQueue, statusHandlers(means), desk);
    await deliver(event);
    const payment = await untilPaymentIs(desk, paying, "captured");
    expect(payment.intent_id).not.toBeNull();
    expect((await orderOf(desk, paying.orderId)).status).toBe("paid");
  });

  test("of another installation is kept as foreign and changes nothing", async () => {
    const { paying, event } = await paidAtStripe(desk, "hooked-3");
    const { metadata } = event.data.object;
    metadata["aurora_installation"] = crypto.randomUUID();
    const before = await orderOf(desk, paying.orderId);
    expect(await deliver(event)).toBe(200);
    expect(await rowOf(event)).toMatchObject({ status: "foreign", due_at: null });
    expect(await orderOf(desk, paying.orderId)).toEqual(before);
  });

  test.each([
    ["a forged signature", (event: object) => signed(event, undefined, "whsec_forged")],
    ["an old timestamp", (event: object) => signed(event, Math.floor(Date.now() / 1_000) - 400)],
    ["a future timestamp", (event: object) => signed(event, Math.floor(Date.now() / 1_000) + 400)],
  ])("with %s is refused and leaves no trace", async (_what, signature) => {
    const event = { id: `evt_${crypto.randomUUID()}`, data: { object: { metadata: {} } } };
    expect(await deliver(event, signature(event))).toBe(400);
    expect(await rowOf(event)).toBeUndefined();
  });
});
