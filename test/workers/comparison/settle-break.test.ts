import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../../src/db/connect.ts";
import { OutcomeUnknown } from "../../../src/errors.ts";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { settleBreak } from "../../../src/workers/comparison/settle-break.ts";
import { createDatabase } from "../../support/database.ts";
import { quiet } from "../../support/settings.ts";
import { orderOf, paymentOf } from "../paying.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);

const ledgerOf = async (movement: string) => {
  const { rows } = await sql<{ account: string; amount: number; order: string | null }>`
    SELECT account, amount_minor AS amount, order_id AS order FROM ledger_entries
    WHERE movement = ${movement} ORDER BY account`.execute(desk.db);
  return rows;
};

describe("an intent of ours that we don't know", () => {
  test("is cancelled while it can be paid, where its payment has another", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("other");
    const unknown = await shop.stamped(paying);
    expect(await shop.compare()).toMatchObject({ breaks: 1 });
    await shop.settle(unknown);
    const { paymentIntents } = shop.standIns.stripe;
    expect(await paymentIntents.retrieve(unknown.id)).toMatchObject({ status: "canceled" });
    expect(await shop.breaksOf(unknown)).toMatchObject([
      { status: "settled", outcome: "cancelled", due_at: null },
    ]);
    // The order's own intent can still be cancelled under its own key, and was not touched.
    expect(await paymentIntents.retrieve(intent.id)).toMatchObject({
      status: "requires_payment_method",
    });
    expect(await shop.compare()).toMatchObject({ breaks: 0 });
  });

  test("pays for its order, where it was paid and the order waits for its money", async () => {
    const shop = await comparingMeans(desk);
    const { paying } = await shop.payable("adopted");
    const unknown = await shop.stamped(paying);
    await shop.pay(unknown);
    await shop.compare();
    await shop.settle(unknown);
    expect(await orderOf(desk, paying.orderId)).toMatchObject({ status: "paid" });
    expect(await shop.breaksOf(unknown)).toMatchObject([{ outcome: "adopted" }]);
    const adopted = await desk.db
      .selectFrom("payments")
      .selectAll()
      .where("intent_id", "=", unknown.id)
      .executeTakeFirstOrThrow();
    expect(adopted).toMatchObject({ attempt: 2, status: "captured", captured_minor: 1_000 });
    expect(adopted.id).not.toBe(paying.paymentId);
    expect(await ledgerOf(`capture:${adopted.id}`)).toHaveLength(2);
  });

  test("keeps the name of its stamp where that is free", async () => {
    const shop = await comparingMeans(desk);
    const { paying } = await shop.payable("named");
    const unknown = await shop.stamped({ orderId: paying.orderId });
    await shop.pay(unknown);
    await shop.compare();
    await shop.settle(unknown);
    const paymentId = unknown.metadata["payment_id"] ?? "";
    expect(await paymentOf(desk, { paymentId })).toMatchObject({ status: "captured" });
  });

  test("goes back where its order has been paid already", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("second");
    await shop.pay(intent);
    const unknown = await shop.stamped(paying);
    await shop.pay(unknown);
    await shop.compare();
    await shop.settle(unknown);
    expect(await shop.breaksOf(unknown)).toMatchObject([{ outcome: "adopted" }]);
    const refunds = await desk.db
      .selectFrom("refunds")
      .innerJoin("payments", "payments.id", "payment_id")
      .select(["refunds.status", "refunds.amount_minor", "refunds.reason"])
      .where("intent_id", "=", unknown.id)
      .execute();
    expect(refunds).toMatchObject([
      { status: "requested", amount_minor: 1_000, reason: "second_payment" },
    ]);
  });

  test("goes back in full, once, where its order is unknown, and the ledger tells", async () => {
    const shop = await comparingMeans(desk);
    const unknown = await shop.stamped();
    const open = await shop.stamped();
    await shop.pay(unknown);
    expect(await shop.compare()).toMatchObject({ breaks: 2 });
    // The answer to the refund is lost: the next try finds what the first has done.
    const lost = { service: "stripe", kind: "status", route: "POST /v1/refunds", executed: true };
    await shop.standIns.tell("/faults", { ...lost, stored: true, times: 1 });
    await expect(shop.settle(unknown)).rejects.toThrow(OutcomeUnknown);
    await shop.settle(unknown, open);

    expect(await shop.breaksOf(unknown)).toMatchObject([{ outcome: "refunded", order_id: null }]);
    expect(await shop.breaksOf(open)).toMatchObject([{ outcome: "cancelled" }]);
    const { data } = await shop.standIns.stripe.refunds.list({ payment_intent: unknown.id });
    expect(data).toMatchObject([{ amount: 1_000, status: "succeeded" }]);
    expect(await ledgerOf(`capture:${unknown.id}`)).toEqual([
      { account: "sales", amount: -1_000, order: null },
      { account: "stripe", amount: 1_000, order: null },
    ]);
    expect(await ledgerOf(`refund:${data[0]?.id}`)).toMatchObject([
      { account: "sales", amount: 1_000 },
      { account: "stripe", amount: -1_000 },
    ]);
    expect(await shop.compare()).toMatchObject({ breaks: 0, foreign: 0 });
  });

  test("is left alone once it turns out to be another installation's", async () => {
    const shop = await comparingMeans(desk);
    const unknown = await shop.stamped();
    await shop.compare();
    const { stripe } = shop.standIns;
    await stripe.paymentIntents.update(unknown.id, {
      metadata: { aurora_installation: "another" },
    });
    await shop.settle(unknown);
    expect(await shop.breaksOf(unknown)).toMatchObject([
      { status: "open", last_error: expect.stringContaining("another installation") },
    ]);
  });
});

test("F49: a database that was restored finds the money of the orders it lost", async () => {
  const before = await createDatabase();
  const restored = connect({ ...desk.settings, DATABASE_URL: before.url }, quiet);
  onTestFinished(async () => {
    await restored.destroy();
    await before.drop();
  });
  // Both databases come from one template: they are one installation.
  const shop = await comparingMeans(desk);
  const { intent } = await shop.payable("forgotten");
  await shop.pay(intent);
  const after = { ...desk, db: restored };
  const found = await comparingMeans(after);
  const there = { ...found, gateway: shop.gateway, syncs: shop.syncs };
  expect(there.ownership).toEqual(shop.ownership);
  await shop.compare();

  await compareBooks(there)({ id: "nightly_comparison" }, shop.job);
  const [open] = await found.breaksOf(intent);
  await settleBreak(there)({ id: open?.id ?? "" }, shop.job);
  expect(await found.breaksOf(intent)).toMatchObject([{ outcome: "refunded" }]);
  expect(await shop.gateway.readIntent(intent.id)).toMatchObject({ refundedMinor: 1_000 });
});

describe("what Stripe does not know", () => {
  test("stays open, is looked for each hour, and is settled when it is found", async () => {
    const shop = await comparingMeans(desk);
    const { paying } = await shop.payable("gone");
    await sql`
      UPDATE payments SET intent_id = 'pi_gone', created_at = now() - interval '10 minutes'
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    await shop.compare();
    const gone = { id: "pi_gone" };
    expect(await shop.breaksOf(gone)).toMatchObject([
      { fault: "unknown_at_stripe", status: "open", order_id: paying.orderId },
    ]);
    await shop.settle(gone);
    const [open] = await shop.breaksOf(gone);
    expect(open).toMatchObject({ status: "open", last_error: "Stripe does not know it." });
    expect(open?.due_at?.getTime()).toBeGreaterThan(Date.now() + 59 * 60_000);

    const { intent } = await shop.payable("back");
    await sql`UPDATE breaks SET object_id = ${intent.id} WHERE object_id = 'pi_gone'`.execute(
      desk.db,
    );
    await shop.settle(intent);
    const [settled] = await shop.breaksOf(intent);
    expect(settled).toMatchObject({ status: "settled", outcome: "found" });
  });

  test("is looked for among the listed first: they are not read one by one", async () => {
    const shop = await comparingMeans(desk);
    const { intent } = await shop.payable("young");
    // What earlier tests have left missing is read.
    const reads = async () => {
      const requests = await shop.standIns.read<{ path: string }[]>("/stripe/requests");
      return requests.filter(({ path }) => path === `/v1/payment_intents/${intent.id}`).length;
    };
    await shop.compare();
    expect(await reads()).toBe(0);
    await shop.gateway.readIntent(intent.id);
    expect(await reads()).toBe(1);
  });
});
