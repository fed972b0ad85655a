import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { replayEvents, type Selection } from "../../src/payments/replay-events.ts";
import { statusQueue } from "../../src/queues/status.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { rereadEvent } from "../../src/stripe/read-event.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { orderOf, paymentOf, untilPaymentIs, work } from "../workers/paying.ts";
import { useQueues } from "../workers/queue-desk.ts";
import {
  forged,
  paidAtStripe,
  type StripeEvent,
  storyOf,
  useWebhooks,
} from "../workers/webhook-desk.ts";

const desk = useQueues({ QUICK_RETRY_SECONDS: 0.01 });
const { deliver, rowOf, untilEventIs } = useWebhooks(desk);
const inbox = tableOf("apply_event") as WaitingTable;

async function replay(selection: Selection, dryRun = false) {
  const pages = [];
  const wishes = { reread: rereadEvent, dryRun };
  for await (const page of replayEvents(desk.db, selection, wishes)) pages.push(page);
  return pages;
}

/** The event as if its effect had been lost: the inbox holds it for applied, the order does not. */
async function unheard(sku: string) {
  const paid = await paidAtStripe(desk, sku);
  await deliver(paid.event);
  await setTo(paid.event, "applied");
  return paid;
}

async function setTo({ id }: StripeEvent, status: string): Promise<void> {
  await sql`UPDATE webhook_events SET status = ${status}, settled_at = now(), due_at = NULL
    WHERE id = ${id}`.execute(desk.db);
}

describe("a replay", () => {
  test("of an event that is applied changes nothing in the order", async () => {
    const { means, paying, event } = await paidAtStripe(desk, "replay-1");
    work(statusQueue, statusHandlers(means), desk);
    await deliver(event);
    const { settled_at: settledAt } = await untilEventIs(event, "applied");
    const standing = async () => [
      await orderOf(desk, paying.orderId),
      await paymentOf(desk, paying),
      await storyOf(desk, paying.orderId),
    ];
    const before = await standing();
    const { number } = await orderOf(desk, paying.orderId);
    expect(await replay({ ids: [event.id] })).toMatchObject([
      [{ id: event.id, type: event.type, order: number, before: "applied", after: "received" }],
    ]);
    await sweepDue(desk, inbox);
    const again = await untilEventIs(event, "applied");
    expect(again.settled_at?.getTime()).toBeGreaterThan(settledAt?.getTime() ?? 0);
    expect(await standing()).toEqual(before);
  });

  test("heals an order that an applied event never reached", async () => {
    const { means, paying, event } = await unheard("replay-2");
    work(statusQueue, statusHandlers(means), desk);
    await replay({ order: paying.orderId });
    await sweepDue(desk, inbox);
    await untilPaymentIs(desk, paying, "captured");
    await untilEventIs(event, "applied");
    expect((await orderOf(desk, paying.orderId)).status).toBe("paid");
  });

  test("reads bodies anew: what was ignored or foreign by mistake becomes ours", async () => {
    const { event } = await unheard("replay-3");
    const intents = forged(event, {});
    const strangers = forged(event, { id: "pi_of_others", metadata: {} });
    for (const one of [intents, strangers]) await deliver(one);
    await setTo(event, "ignored");
    await setTo(intents, "foreign");
    await sql`UPDATE webhook_events SET payment_id = NULL, intent_id = NULL, type = 'x',
      topic = 'dispute' WHERE id IN (${event.id}, ${intents.id})`.execute(desk.db);
    const ids = [event.id, intents.id, strangers.id];
    const [page = []] = await replay({ ids });
    expect(new Map(page.map(({ id, before, after }) => [id, [before, after]]))).toEqual(
      new Map([
        [event.id, ["ignored", "received"]],
        [intents.id, ["foreign", "received"]],
        [strangers.id, ["foreign", "foreign"]],
      ]),
    );
    const { type } = event;
    const whole = { status: "received", type, topic: "intent", payment_id: expect.any(String) };
    for (const one of [event, intents]) expect(await rowOf(one)).toMatchObject(whole);
    expect(await rowOf(strangers)).toMatchObject({ status: "foreign", due_at: null });
  });

  test("goes without a body that has been dropped", async () => {
    const { means, paying, event } = await unheard("replay-4");
    await sql`DELETE FROM webhook_bodies WHERE event_id = ${event.id}`.execute(desk.db);
    work(statusQueue, statusHandlers(means), desk);
    await replay({ ids: [event.id] });
    await sweepDue(desk, inbox);
    await untilPaymentIs(desk, paying, "captured");
  });

  test("is not held up by a failed job of the same event", async () => {
    const { means, event: known } = await paidAtStripe(desk, "replay-5");
    const { metadata } = known.data.object;
    const event = forged(known, { metadata: { ...metadata, payment_id: crypto.randomUUID() } });
    await deliver(event);
    const { worker } = work(statusQueue, statusHandlers(means), desk);
    await untilEventIs(event, "unmatched", { round: 1 });
    const tries: string[] = [];
    worker.on("active", (job) => void tries.push(job.id ?? ""));
    await replay({ ids: [event.id] });
    await sweepDue(desk, inbox);
    await untilEventIs(event, "unmatched", { round: 2 });
    expect(tries).toContain(`apply_event-${event.id}-1-1`);
  });

  test("finds events by id, order, type and time, and by all that is given at once", async () => {
    const one = await unheard("replay-6");
    const two = await unheard("replay-7");
    const declined = { ...forged(one.event, {}), type: "payment_intent.payment_failed" };
    await deliver(declined);
    await setTo(declined, "applied");
    await sql`UPDATE webhook_events SET received_at = '2020-02-02T12:00Z'
      WHERE id = ${two.event.id}`.execute(desk.db);
    const { number } = await orderOf(desk, one.paying.orderId);
    const found = async (selection: Selection) =>
      (await replay(selection, true)).flat().map(({ id }) => id);
    const ofOne = [one.event.id, declined.id].sort();
    const [noon, one_o_clock] = [new Date("2020-02-02T12:00Z"), new Date("2020-02-02T13:00Z")];

    expect(await found({ ids: [two.event.id, "evt_none"] })).toEqual([two.event.id]);
    expect((await found({ order: number.toLowerCase() })).sort()).toEqual(ofOne);
    expect((await found({ order: one.paying.orderId })).sort()).toEqual(ofOne);
    expect(await found({ order: number, type: declined.type })).toEqual([declined.id]);
    expect(await found({ type: declined.type })).toEqual([declined.id]);
    expect(await found({ since: noon, until: one_o_clock })).toEqual([two.event.id]);
    expect(await found({ since: one_o_clock, ids: [two.event.id] })).toEqual([]);
    expect(await found({ until: noon })).toEqual([]);
    expect(await rowOf(two.event)).toMatchObject({ status: "applied", due_at: null });
  });

  test("goes page by page through more than fits one", async () => {
    await sql`INSERT INTO webhook_events (id, source, type, topic, status, settled_at)
      SELECT 'evt_many_' || n, 'cursor', 'refund.failed', 'refund', 'applied', now()
      FROM generate_series(1, 450) AS n`.execute(desk.db);
    const pages = await replay({ type: "refund.failed" });
    expect(pages.map(({ length }) => length)).toEqual([200, 200, 50]);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(450);
    const { rows } = await sql<{ count: number }>`SELECT count(*) FROM webhook_events
      WHERE type = 'refund.failed' AND status = 'received' AND due_at <= now()`.execute(desk.db);
    expect(rows).toEqual([{ count: 450 }]);
  });
});
