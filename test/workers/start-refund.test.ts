import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { syncs } from "../../src/workers/sync.ts";
import { askForRefunds, refundRequest } from "../support/money-back.ts";
import { payingMeans } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";
import {
  answersLost,
  expectBooksAgree,
  grow,
  paidOrder,
  refundOf,
  refundStarter,
  refundsAtStripe,
  requestRefund,
  untilAsked,
} from "./refunding.ts";

const desk = useQueues();
type Signal = PromiseWithResolvers<void>;
let orders = 0;

async function refundDesk() {
  const means = await payingMeans(desk);
  const order = await paidOrder(desk, means, `refunded-${++orders}`);
  const start = refundStarter(means);
  const fault = (wish: object) =>
    means.standIns.tell("/faults", {
      service: "stripe",
      route: "POST /v1/refunds",
      times: 1,
      ...wish,
    });
  return { means, order, start, fault };
}

/** Says that this much has happened, and waits for something else. */
function meet(done: Signal, awaited: Signal): Promise<void> {
  done.resolve();
  return awaited.promise;
}

describe("a refund", () => {
  test.each(["before", "after"])(
    "whose row was lost with a restored database is the same refund, asked for %s a look",
    async (when) => {
      const { means, order, start } = await refundDesk();
      const wish = refundRequest(order, { amountMinor: 400 });
      const ask = async () => {
        const { results } = await askForRefunds(desk.db, desk.settings, wish);
        const [result] = results;
        return result?.outcome === "requested" ? result.refundId : expect.fail("refused");
      };
      const refundId = await ask();
      await start(refundId);
      await sql`DELETE FROM idempotency_keys WHERE key = ${wish.idempotencyKey}`.execute(desk.db);
      await sql`DELETE FROM refunds WHERE id = ${refundId}`.execute(desk.db);
      if (when === "after") await syncs(means).refunds(order.paymentId);

      expect(await ask()).toBe(refundId);
      await start(refundId);
      expect(await refundsAtStripe(means, order)).toHaveLength(1);
      expect(await refundOf(desk, refundId)).toMatchObject({ status: "succeeded" });
      await expectBooksAgree(desk, means, order);
    },
  );

  test("is asked of Stripe once, under the key of what was meant", async () => {
    const { means, order, start } = await refundDesk();
    const refundId = await requestRefund(desk, order, 400);
    for (let times = 0; times < 3; times++) await start(refundId);
    const refunds = await refundsAtStripe(means, order);
    expect(refunds).toMatchObject([
      { amount: 400, metadata: { refund_id: refundId, reason: "damaged" } },
    ]);
    expect(await refundOf(desk, refundId)).toMatchObject({
      ...{ status: "succeeded", stripe_id: refunds[0]?.id, due_at: null },
    });
    expect(await start(refundId)).toBe("already succeeded");
    await expectBooksAgree(desk, means, order);
  });

  test("whose job runs fifty times at once is one refund at Stripe", async () => {
    const { means, order, start } = await refundDesk();
    const refundId = await requestRefund(desk, order, 400);
    await Promise.allSettled(Array.from({ length: 50 }, () => start(refundId)));
    await untilAsked(desk, start, refundId);
    expect(await refundsAtStripe(means, order)).toHaveLength(1);
    await expectBooksAgree(desk, means, order);
  });

  test.each(Object.entries(answersLost))(
    "met by %s is one refund in the end",
    async (_name, wish) => {
      const { means, order, start, fault } = await refundDesk();
      const refundId = await requestRefund(desk, order, 400);
      await fault(wish);
      await untilAsked(desk, start, refundId);
      expect(await refundsAtStripe(means, order)).toMatchObject([{ amount: 400 }]);
      expect((await refundOf(desk, refundId)).status).toBe("succeeded");
      await expectBooksAgree(desk, means, order);
    },
  );

  test("that Stripe refuses fails with Stripe's reason, and calls for a person", async () => {
    const { means, order, start } = await refundDesk();
    const refundId = await requestRefund(desk, order);
    // Somebody was faster, in the dashboard: what we learn of it then stands beside our failure.
    await means.standIns.stripe.refunds.create({ payment_intent: order.intentId, amount: 900 });
    expect(await start(refundId)).toContain("greater than unrefunded amount");
    const rows = await desk.db
      .selectFrom("refunds")
      .select(["status", "amount_minor"])
      .where("order_id", "=", order.orderId)
      .orderBy("amount_minor")
      .execute();
    expect(rows).toEqual([
      { status: "succeeded", amount_minor: 900 },
      { status: "failed", amount_minor: 1_000 },
    ]);
    await expectBooksAgree(desk, means, order);
    const next = await requestRefund(desk, order);
    await start(next);
    expect(await refundOf(desk, next)).toMatchObject({ status: "succeeded", amount_minor: 100 });
    await expectBooksAgree(desk, means, order);
  });

  test("that was on its way and failed at Stripe can be asked for again", async () => {
    const { means, order, start } = await refundDesk();
    await means.standIns.tell("/stripe/refunds", { status: "pending" });
    const refundId = await requestRefund(desk, order);
    await start(refundId);
    const { stripe_id: stripeId } = await refundOf(desk, refundId);
    expect((await refundOf(desk, refundId)).status).toBe("pending");
    await means.standIns.tell(`/stripe/refunds/${stripeId}/fail`, { reason: "declined" });
    await syncs(means).refunds(order.paymentId);
    expect(await refundOf(desk, refundId)).toMatchObject({ status: "failed", failure: "declined" });
    await expectBooksAgree(desk, means, order);

    await means.standIns.tell("/stripe/refunds", { status: "succeeded" });
    const next = await requestRefund(desk, order);
    await start(next);
    expect((await refundOf(desk, next)).status).toBe("succeeded");
    await expectBooksAgree(desk, means, order);
  });
});

describe("a refund whose key is older than Stripe remembers", () => {
  const day = 25 * 3_600;

  test.each([
    ["was made", true],
    ["was never made", false],
  ])("is looked for first, and is one refund where it %s", async (_which, executed) => {
    const { means, order, start, fault } = await refundDesk();
    const refundId = await requestRefund(desk, order, 400);
    await fault({ kind: "hang", executed });
    await expect(start(refundId)).rejects.toThrow();
    await grow(desk, refundId, 25);
    await means.standIns.tell("/clock", { advanceSeconds: day });
    await untilAsked(desk, start, refundId);
    expect(await refundsAtStripe(means, order)).toHaveLength(1);
    await expectBooksAgree(desk, means, order);
  });

  test("is one refund, though two jobs look at the same time and one is held up", async () => {
    const { means, order, start } = await refundDesk();
    const refundId = await requestRefund(desk, order, 400);
    await grow(desk, refundId, 25);
    const real = syncs(means);
    const signals = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const [bothLooked, oneIsMade, otherIsAsked] = signals as [Signal, Signal, Signal];
    let looks = 0;
    // Both look and find nothing. Then one asks Stripe, and is held up before it learns what came
    // of it; the other one goes on, and must not ask for another refund.
    const steps = [
      () => bothLooked.promise,
      () => meet(bothLooked, oneIsMade),
      () => meet(oneIsMade, otherIsAsked),
      () => meet(otherIsAsked, otherIsAsked),
    ];
    const slowly = {
      ...real,
      async refunds(paymentId: string) {
        const step = steps[looks++];
        const isLook = looks <= 2;
        if (!isLook) await step?.();
        const found = await real.refunds(paymentId);
        if (isLook) await step?.();
        return found;
      },
    };
    const startSlowly = refundStarter(means, slowly);
    await Promise.allSettled([startSlowly(refundId), startSlowly(refundId)]);
    await untilAsked(desk, start, refundId);
    expect(await refundsAtStripe(means, order)).toHaveLength(1);
    expect((await refundOf(desk, refundId)).create_try).toBe(2);
  });
});
