import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { statusQueue } from "../../src/queues/status.ts";
import { tableOf, type WaitingTable } from "../../src/queues/waiting-rows.ts";
import { pollEvents } from "../../src/workers/poll-events.ts";
import { statusHandlers } from "../../src/workers/status.ts";
import { sweepDue } from "../../src/workers/sweep.ts";
import { waitFor } from "../support/wait-for.ts";
import { orderOf, payingMeans, work } from "./paying.ts";
import { useQueues } from "./queue-desk.ts";
import {
  expectBooksAgree,
  paidOrder,
  type Refunding,
  refundOf,
  refundStarter,
  requestRefund,
} from "./refunding.ts";

const desk = useQueues();
let orders = 0;

/** A paid order, and workers that read Stripe; no webhook ever comes here. */
async function soldOrder() {
  const means = await payingMeans(desk);
  const order = await paidOrder(desk, means, `seen-${++orders}`);
  work(statusQueue, statusHandlers(means), desk);
  return { means, order };
}

async function refundsOf({ orderId }: Refunding) {
  return await desk.db.selectFrom("refunds").selectAll().where("order_id", "=", orderId).execute();
}

async function disputeOf({ orderId }: Refunding) {
  return await desk.db
    .selectFrom("disputes")
    .selectAll()
    .where("order_id", "=", orderId)
    .executeTakeFirst();
}

/** The row's clock rings, and the sweeper finds it. */
async function clockRings(kind: string, id: string): Promise<void> {
  const table = tableOf(kind) as WaitingTable;
  await sql`UPDATE ${sql.table(table.name)} SET due_at = now() WHERE id = ${id}`.execute(desk.db);
  await sweepDue(desk, table);
}

describe("money that goes back in Stripe's dashboard", () => {
  test("is found by the cursor, and booked once", async () => {
    const { means, order } = await soldOrder();
    const { stripe } = means.standIns;
    const refund = await stripe.refunds.create({ payment_intent: order.intentId, amount: 300 });
    await pollEvents(means);
    await waitFor("the refund", async () => (await refundsOf(order)).length === 1);
    await pollEvents(means);
    expect(await refundsOf(order)).toMatchObject([
      { stripe_id: refund.id, amount_minor: 300, reason: "made_at_stripe", status: "succeeded" },
    ]);
    await expectBooksAgree(desk, means, order);
  });

  test("is found by whoever looks at a refund of the same payment", async () => {
    const { means, order } = await soldOrder();
    const { stripe } = means.standIns;
    await stripe.refunds.create({ payment_intent: order.intentId, amount: 300 });
    await refundStarter(means)(await requestRefund(desk, order, 200));
    const amounts = (await refundsOf(order)).map(({ amount_minor }) => amount_minor);
    expect(amounts.sort()).toEqual([200, 300]);
    await expectBooksAgree(desk, means, order);
  });

  test("by hundreds of small refunds is found whole, page by page", async () => {
    const { means, order } = await soldOrder();
    const { stripe } = means.standIns;
    for (let nr = 0; nr < 120; nr++) {
      await stripe.refunds.create({ payment_intent: order.intentId, amount: 1 });
    }
    await pollEvents(means);
    await waitFor("the refunds", async () => (await refundsOf(order)).length === 120);
    await expectBooksAgree(desk, means, order);
  });
});

test("a refund that is on its way is followed to its end by its own clock", async () => {
  const { means, order } = await soldOrder();
  await means.standIns.tell("/stripe/refunds", { status: "pending" });
  const refundId = await requestRefund(desk, order);
  await refundStarter(means)(refundId);
  const { stripe_id: stripeId, status } = await refundOf(desk, refundId);
  expect(status).toBe("pending");
  await means.standIns.tell(`/stripe/refunds/${stripeId}/succeed`);
  await clockRings("sync_refund", refundId);
  await waitFor("its end", async () => (await refundOf(desk, refundId)).status === "succeeded");
  await expectBooksAgree(desk, means, order);
});

describe("a dispute", () => {
  test.each([
    ["win", "won"],
    ["lose", "lost"],
  ])("is found by the cursor, and its end by its clock: %s", async (verb, status) => {
    const { means, order } = await soldOrder();
    await means.standIns.tell(`/stripe/intents/${order.intentId}/dispute`);
    await pollEvents(means);
    const { id } = await waitFor("the dispute", () => disputeOf(order));
    expect((await orderOf(desk, order.orderId)).attention).toBe("dispute_opened");
    await expectBooksAgree(desk, means, order);

    await means.standIns.tell(`/stripe/disputes/${id}/${verb}`);
    await clockRings("sync_dispute", id);
    await waitFor("its end", async () => (await disputeOf(order))?.status === status);
    await expectBooksAgree(desk, means, order);
  });

  test("ends a refund that is on its way, and the next refund is not even asked for", async () => {
    const { means, order } = await soldOrder();
    await means.standIns.tell("/stripe/refunds", { status: "pending" });
    const refundId = await requestRefund(desk, order, 400);
    await refundStarter(means)(refundId);
    await means.standIns.tell(`/stripe/intents/${order.intentId}/dispute`);
    await pollEvents(means);
    await waitFor("the dispute", () => disputeOf(order));
    await waitFor(
      "the refund's end",
      async () => (await refundOf(desk, refundId)).status === "failed",
    );
    await expect(requestRefund(desk, order)).rejects.toMatchObject({ code: "dispute_open" });
    await expectBooksAgree(desk, means, order);
  });
});
