import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Log } from "../../src/log.ts";
import { statusQueue } from "../../src/queues/status.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { orderOf, untilPaymentIs, work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";
import { forged, paidAtStripe, useWebhooks } from "./webhook-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.01 });
const { deliver, rowOf, untilEventIs } = useWebhooks(desk);
const inbox = tableOf("apply_event") as WaitingTable;

/** An event with our stamp, of a payment that is not known here: it was delivered and parked. */
async function parked(sku: string) {
  const { means, paying, event: known } = await paidAtStripe(desk, sku);
  const { id: intentId, metadata } = known.data.object;
  const event = forged(known, { metadata: { ...metadata, payment_id: randomUUID() } });
  await deliver(event);
  expect(await rowOf(event)).toMatchObject({ status: "received", payment_id: null });

  const warnings: unknown[] = [];
  const warn: Log["warn"] = (...warning) => void warnings.push(warning);
  work(statusQueue, statusHandlers({ ...means, log: { ...means.log, warn } }), desk);
  await untilEventIs(event, "unmatched", { round: 1 });
  return { paying, event, intentId, warnings };
}

/** Turns the clock on to the event's next try, so many hours after its arrival. */
async function tryAgain(event: { id: string }, { round = 1, hours = 0 } = {}): Promise<void> {
  await sql`
    UPDATE webhook_events SET round = ${round}, due_at = now(),
      received_at = received_at - make_interval(hours => ${hours})
    WHERE id = ${event.id}`.execute(desk.db);
  await sweepDue(desk, inbox);
}

describe("an event with our stamp", () => {
  test("that fits no payment waits, and is tried each hour in the end", async () => {
    const { event } = await parked("unmatched-1");
    await tryAgain(event, { round: 70, hours: 71 });
    const { due_at: dueAt } = await untilEventIs(event, "unmatched", { round: 71 });
    const minutes = ((dueAt?.getTime() ?? 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(59);
    expect(minutes).toBeLessThanOrEqual(60);
  });

  test("that fits no payment for three days is given up, with a reason", async () => {
    const { event, warnings } = await parked("unmatched-2");
    await tryAgain(event, { hours: 73 });
    expect(await untilEventIs(event, "abandoned")).toMatchObject({
      due_at: null,
      settled_at: expect.any(Date),
      last_error: expect.stringContaining("within 3 days"),
    });
    const reason = expect.stringContaining("within 3 days");
    expect(warnings).toContainEqual(["event_abandoned", { eventId: event.id, reason }]);
  });

  test("is applied once its payment is there", async () => {
    const { paying, event, intentId } = await parked("unmatched-3");
    await sql`UPDATE payments SET intent_id = ${intentId}
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    await tryAgain(event);
    await untilPaymentIs(desk, paying, "captured");
    await untilEventIs(event, "applied");
    expect((await orderOf(desk, paying.orderId)).status).toBe("paid");
  });

  test("that names nobody's intent beside our payment does not keep it unpaid", async () => {
    const { means, paying, event } = await paidAtStripe(desk, "unmatched-4");
    const stray = forged(event, { id: "pi_of_nobody" });
    await deliver(stray);
    await deliver(event);
    work(statusQueue, statusHandlers(means), desk);
    await untilPaymentIs(desk, paying, "captured");
    expect(await untilEventIs(stray, "abandoned")).toMatchObject({
      last_error: expect.stringContaining("Stripe has no such intent"),
    });
    await untilEventIs(event, "applied");
  });
});
