import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { collectFacts, collectMany } from "../../../src/ops/facts/collect-facts.ts";
import { jobIdOf } from "../../../src/queues/hint.ts";
import { waitFor } from "../../support/wait-for.ts";
import { awaitingPayment, intentFor, payingMeans } from "../../workers/paying.ts";
import { useQueues } from "../../workers/queue-desk.ts";

const desk = useQueues();
const nothing = { stripe: false, jobs: false };

async function facts(order: string, wishes = nothing, means: object = {}) {
  const found = await collectFacts({ ...desk, ...means }, order, wishes);
  if (!found) throw new Error(`There is no order ${order}.`);
  return found;
}

describe("the facts of an order", () => {
  test("are found by its id and by its number, in any case", async () => {
    const { orderId, paymentId } = await awaitingPayment(desk, "by-name");
    const { order, ...rest } = await facts(orderId);
    expect(order).toMatchObject({ status: "awaiting_payment", totalMinor: 1_000, round: 0 });
    expect(rest.lines).toMatchObject([{ sku: "by-name", quantity: 2, unitPriceMinor: 500 }]);
    expect(rest.events.map(({ event }) => event)).toEqual([
      "placed",
      "checked_out",
      "stock_reserved",
    ]);
    expect(rest.holds).toMatchObject([{ sku: "by-name", quantity: 2, status: "held" }]);
    expect(rest.payments).toMatchObject([{ id: paymentId, status: "created", declines: [] }]);
    expect(rest).toMatchObject({ jobs: null, stripe: { state: "not_asked" } });
    expect(rest.now).toBeInstanceOf(Date);
    expect((await facts(order.number.toLowerCase())).order.id).toBe(orderId);
  });

  test("are null where there is no such order", async () => {
    expect(await collectFacts(desk, "0000-0000-0000", nothing)).toBeNull();
    expect(await collectFacts(desk, "nonsense", nothing)).toBeNull();
  });

  test("of many come in the order in which they were asked for", async () => {
    const one = await awaitingPayment(desk, "many-1");
    const other = await awaitingPayment(desk, "many-2");
    const found = await collectMany(desk, [other.orderId, one.orderId]);
    expect(found.map(({ order }) => order.id)).toEqual([other.orderId, one.orderId]);
    expect(found.map(({ payments }) => payments[0]?.id)).toEqual([other.paymentId, one.paymentId]);
  });
});

describe("jobs", () => {
  const asked = { stripe: false, jobs: true };

  test("are found while they wait and once they failed, under their own round", async () => {
    const { orderId, paymentId } = await awaitingPayment(desk, "jobs-1");
    const hint = { kind: "start_payment", id: paymentId, version: 1, round: 0, order: null };
    desk.hints.send([{ queue: "payment", ...hint }]);
    const queue = desk.hints.queue("payment");
    await expect.poll(() => queue.getJob(jobIdOf(hint))).toBeDefined();
    expect((await facts(orderId, asked)).jobs).toMatchObject([
      { id: jobIdOf(hint), queue: "payment", kind: "start_payment", state: "waiting" },
    ]);

    await desk.redis.lrem(queue.toKey("wait"), 1, jobIdOf(hint));
    await desk.redis.zadd(queue.toKey("failed"), Date.now(), jobIdOf(hint));
    await desk.redis.hset(queue.toKey(jobIdOf(hint)), { failedReason: "it fails", atm: "3" });
    await sql`UPDATE payments SET round = 1 WHERE id = ${paymentId}`.execute(desk.db);
    expect((await facts(orderId, asked)).jobs).toMatchObject([
      { state: "failed", failedReason: "it fails", attemptsMade: 3, rowId: paymentId },
    ]);
  });

  test("are found in the one that carries rows of several orders, each with its own", async () => {
    const one = await awaitingPayment(desk, "bundled-1");
    const other = await awaitingPayment(desk, "bundled-2");
    const hints = [one, other].map(({ paymentId }) => ({
      ...{ queue: "payment" as const, kind: "start_payment", id: paymentId, version: 1 },
      ...{ round: 0, order: null },
    }));
    desk.hints.send(hints);
    for (const { orderId, paymentId } of [one, other]) {
      const jobs = await waitFor("the job", async () => {
        const found = (await facts(orderId, asked)).jobs ?? [];
        return found.length > 0 && found;
      });
      expect(jobs).toMatchObject([
        { kind: "start_payment", rows: 2, state: "waiting", rowId: paymentId },
      ]);
      expect(jobs[0]?.id).toMatch(/^start_payment-bundle-/);
    }
  });

  test("are unknown while Redis is away", async () => {
    const { orderId } = await awaitingPayment(desk, "jobs-2");
    const hints = { ...desk.hints, find: async () => null };
    expect((await facts(orderId, asked, { hints })).jobs).toBeNull();
    expect((await facts(orderId, asked)).jobs).toEqual([]);
  });
});

describe("Stripe", () => {
  const asked = { stripe: true, jobs: false };

  test("is asked for the intent as it stands now", async () => {
    const means = await payingMeans(desk);
    const paying = await awaitingPayment(desk, "stripe-1");
    expect((await facts(paying.orderId, asked, means)).stripe).toEqual({ state: "not_asked" });
    const { id } = await intentFor(means, paying);
    await sql`UPDATE payments SET intent_id = ${id} WHERE id = ${paying.paymentId}`.execute(
      desk.db,
    );
    await means.standIns.tell(`/stripe/intents/${id}/pay`, { card: "pm_card_visa" });
    const { stripe } = await facts(paying.orderId, asked, means);
    expect(stripe).toMatchObject({
      state: "answered",
      intents: [{ paymentId: paying.paymentId, intent: { id, status: "captured" } }],
      refunds: [],
    });
  });

  test("that does not know the intent says so, and one that is away says why", async () => {
    const means = await payingMeans(desk);
    const paying = await awaitingPayment(desk, "stripe-2");
    await sql`UPDATE payments SET intent_id = 'pi_of_nobody'
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    expect((await facts(paying.orderId, asked, means)).stripe).toMatchObject({
      intents: [{ paymentId: paying.paymentId, intent: "missing" }],
    });
    await means.standIns.close();
    const { stripe } = await facts(paying.orderId, asked, means);
    expect(stripe).toMatchObject({ state: "unreachable" });
    expect(stripe).toHaveProperty("reason", expect.stringContaining("Stripe"));
  });
});
