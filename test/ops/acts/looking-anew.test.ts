import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { performWithoutOrder } from "../../../src/ops/acts/perform-without-order.ts";
import { storeEvents } from "../../../src/payments/inbox.ts";
import { jobIdOf } from "../../../src/queues/hint.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import type { Paying } from "../../support/paying.ts";
import { waitFor } from "../../support/wait-for.ts";
import { ann, everything, outcomeOf, useActDesk, versionOf } from "./desk.ts";

const { desk, means, act, client } = useActDesk();
const { orderAt } = ordersAt(desk);

/** An event of Stripe's in the inbox, about a payment of ours or about nobody's. */
async function eventOf(paying: Paying | null): Promise<string> {
  const id = `evt_${randomUUID().slice(0, 8)}`;
  const { installation } = await means.ownership(means.db);
  const metadata = paying
    ? { payment_id: paying.paymentId, aurora_installation: installation }
    : {};
  const object = { id: paying?.intent.id ?? "pi_of_nobody", object: "payment_intent", metadata };
  const type = "payment_intent.succeeded";
  const body = Buffer.from(JSON.stringify({ id, type, created: 1, data: { object } }));
  const event = means.reread(body);
  await storeEvents(desk.db, desk.settings, [{ event, source: "webhook" }]);
  await desk.db
    .updateTable("webhook_events")
    .set({ status: paying ? "applied" : "foreign", due_at: null, settled_at: new Date() })
    .where("id", "=", id)
    .execute();
  return id;
}

const statusOf = async (id: string) =>
  (
    await desk.db
      .selectFrom("webhook_events")
      .select(["status", "due_at"])
      .where("id", "=", id)
      .executeTakeFirstOrThrow()
  ).status;

type Wish = { dryRun?: boolean; ifMatch?: number };
const loose = (name: "replay_webhook" | "requeue_job", input: object, wish: Wish = {}) =>
  performWithoutOrder(means, ann, {
    ...{ act: name, input, reason: "seen in the log", idempotencyKey: randomUUID() },
    ...{ dryRun: wish.dryRun ?? false, ifMatch: wish.ifMatch ?? null },
  });

describe("replay the webhook", () => {
  test("of an order has the event looked at again, in the order's history", async () => {
    const paying = await orderAt("awaiting payment");
    const eventId = await eventOf(paying);
    const before = await everything(desk.db);
    const dry = await act("replay_webhook", paying, { input: { eventId }, dryRun: true });
    expect(dry).toMatchObject({ plan: { possible: true } });
    expect(await everything(desk.db)).toEqual(before);
    const ifMatch = await versionOf(desk.db, paying.orderId);
    expect(await outcomeOf(loose("replay_webhook", { eventId }))).toBe("version_required");
    const stale = loose("replay_webhook", { eventId }, { ifMatch: ifMatch - 1 });
    expect(await outcomeOf(stale)).toBe("order_changed");
    const done = await loose("replay_webhook", { eventId }, { ifMatch });
    expect(done).toMatchObject({ outcome: { before: "applied", after: "received" } });
    expect(done.order).toMatchObject({ id: paying.orderId });
    expect(await statusOf(eventId)).toBe("received");
    const history = await desk.historyOf(paying);
    expect(history.at(-1)).toMatchObject({ event: "operator_acted" });
  });

  test("of nobody's order is on record without one, once per key", async () => {
    const eventId = await eventOf(null);
    const request = { act: "replay_webhook", input: { eventId }, reason: "a look" } as const;
    const key = { idempotencyKey: randomUUID(), dryRun: false, ifMatch: null };
    const done = await performWithoutOrder(means, ann, { ...request, ...key });
    const again = await performWithoutOrder(means, ann, { ...request, ...key });
    expect(done).toMatchObject({ order: null, replayed: false, outcome: { after: "foreign" } });
    expect(again).toMatchObject({ replayed: true, outcome: { after: "foreign" } });
    const rows = await desk.db
      .selectFrom("operator_acts")
      .select(["order_id", "actor"])
      .where("subject", "=", eventId)
      .execute();
    expect(rows).toEqual([{ order_id: null, actor: "ops:ann" }]);
    expect(await outcomeOf(loose("replay_webhook", { eventId }, { dryRun: true }))).toBe("done");
    const unknown = loose("replay_webhook", { eventId: "evt_unknown" });
    expect(await outcomeOf(unknown)).toBe("event_not_found");
  });
});

describe("requeue the job", () => {
  const hintOf = ({ paymentId }: Paying, round = 0) => ({
    ...{ kind: "sync_payment", id: paymentId, version: 1, round, order: null },
  });

  test("tries a failed job again, and makes its row due", async () => {
    const paying = await orderAt("awaiting payment");
    const hint = hintOf(paying);
    const [queue, jobId] = [means.hints.queue("status"), jobIdOf(hint)];
    means.hints.send([{ queue: "status", ...hint }]);
    await expect.poll(() => queue.getJobState(jobId)).toBe("waiting");
    const input = { queue: "status", jobId };
    expect(await outcomeOf(act("requeue_job", paying, { input }))).toBe("job_under_way");

    await client().lrem(queue.toKey("wait"), 1, jobId);
    await client().zadd(queue.toKey("failed"), Date.now(), jobId);
    await client().hset(queue.toKey(jobId), { failedReason: "it fails", finishedOn: "1" });
    expect(await queue.getJobState(jobId)).toBe("failed");
    const done = await act("requeue_job", paying, { input });
    expect(done).toMatchObject({ kind: "done", sentence: "The job is tried again." });
    expect(await queue.getJobState(jobId)).toBe("waiting");
    const { due_at } = await desk.paymentOf(paying);
    expect(due_at?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test("that Redis has forgotten makes its row due, through its own id too", async () => {
    const paying = await orderAt("awaiting payment");
    const input = { queue: "status", jobId: jobIdOf(hintOf(paying, 1)) };
    const before = (await desk.paymentOf(paying)).due_at!;
    const ifMatch = await versionOf(desk.db, paying.orderId);
    const done = await loose("requeue_job", input, { ifMatch });
    expect(done).toMatchObject({ kind: "done", order: { id: paying.orderId } });
    expect((await desk.paymentOf(paying)).due_at!.getTime()).toBeLessThan(before.getTime());
  });

  test("of a row that rests is refused, and so is one of another order", async () => {
    const paid = await orderAt("paid");
    const input = { queue: "status", jobId: jobIdOf(hintOf(paid)) };
    expect(await outcomeOf(act("requeue_job", paid, { input }))).toBe("nothing_waits");
    const other = await orderAt("awaiting payment");
    expect(await outcomeOf(act("requeue_job", other, { input }))).toBe("job_not_found");
    const nobody = { queue: "status", jobId: `sync_payment-${randomUUID()}-1-0` };
    expect(await outcomeOf(loose("requeue_job", nobody))).toBe("nothing_waits");
    expect(await outcomeOf(loose("requeue_job", { queue: "status", jobId: "x" }))).toBe(
      "job_not_found",
    );
  });

  test("of a row in a bundle is refused, and so is the bundle, failed or not", async () => {
    const paying = await orderAt("awaiting payment");
    const [queue, hint] = [means.hints.queue("status"), hintOf(paying)];
    const others = [randomUUID(), randomUUID()].map((id) => ({ ...hint, id }));
    means.hints.send([hint, ...others].map((each) => ({ queue: "status", ...each })));
    const { id: bundleId = "" } = await waitFor("the bundle", async () =>
      (await queue.getWaiting()).find(({ data }) => "rows" in data),
    );
    const ofOrder = (jobId: string) =>
      outcomeOf(act("requeue_job", paying, { input: { queue: "status", jobId } }));
    const byItsId = () => outcomeOf(loose("requeue_job", { queue: "status", jobId: bundleId }));
    expect(await ofOrder(jobIdOf(hint))).toBe("job_under_way");
    expect([await ofOrder(bundleId), await byItsId()]).toEqual(Array(2).fill("job_of_several"));

    // One whose worker was lost too often does not run by itself, and the row's own job may.
    await client().lrem(queue.toKey("wait"), 1, bundleId);
    await client().zadd(queue.toKey("failed"), Date.now(), bundleId);
    expect([await ofOrder(bundleId), await byItsId()]).toEqual(Array(2).fill("job_of_several"));
    expect(await queue.getJobState(bundleId)).toBe("failed");
    expect(await ofOrder(jobIdOf(hint))).toBe("done");
  });

  test("leaves the hold's end alone", async () => {
    const paying = await orderAt("awaiting payment");
    const before = (await desk.orderOf(paying)).due_at;
    const jobId = jobIdOf({ kind: "close_order", id: paying.orderId, version: 1, round: 0 });
    const input = { queue: "payment", jobId };
    expect(await outcomeOf(act("requeue_job", paying, { input }))).toBe("done");
    expect((await desk.orderOf(paying)).due_at).toEqual(before);
  });
});
