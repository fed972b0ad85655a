import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { orderOf, paymentOf } from "../paying.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);

describe("the comparison of intents", () => {
  test("finds nothing where all agrees, and says what it looked at", async () => {
    const shop = await comparingMeans(desk);
    await shop.payable("agreed");
    expect(await shop.compare()).toMatchObject({ intents: 1, foreign: 0, breaks: 0, unread: 0 });
    const cursor = await desk.db
      .selectFrom("stripe_cursors")
      .selectAll()
      .where("name", "=", "hourly_comparison")
      .executeTakeFirstOrThrow();
    expect(cursor.due_at.getTime()).toBeGreaterThan(Date.now() + 59 * 60_000);
    expect(cursor.position.getTime()).toBeGreaterThan(Date.now() - 5_000);
    expect(cursor.findings).toMatchObject({ since: expect.any(String), until: expect.any(String) });
  });

  test("takes in an intent, and its money, whose creation was never answered", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.lost("lost");
    await shop.pay(intent);
    expect(await shop.compare()).toMatchObject({ breaks: 1 });
    expect(await orderOf(desk, paying.orderId)).toMatchObject({ status: "paid" });
    expect(await shop.breaksOf(intent)).toMatchObject([
      { fault: "unknown_here", status: "settled", outcome: "adopted", order_id: paying.orderId },
    ]);
    expect(await shop.compare()).toMatchObject({ breaks: 0 });
  });

  test("takes the one that was paid, where two were made for one payment", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.lost("twice");
    const second = await shop.stamped(paying);
    await shop.pay(intent);
    await shop.compare();
    expect(await paymentOf(desk, paying)).toMatchObject({
      intent_id: intent.id,
      status: "captured",
    });
    expect(await orderOf(desk, paying.orderId)).toMatchObject({ status: "paid", attention: null });
    await shop.settle(second);
    expect(await shop.breaksOf(second)).toMatchObject([{ outcome: "cancelled" }]);
  });

  test("books what no webhook told of", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("untold");
    await shop.pay(intent);
    expect(await shop.compare()).toMatchObject({ breaks: 1 });
    expect(await orderOf(desk, paying.orderId)).toMatchObject({ status: "paid" });
    expect(await shop.breaksOf(intent)).toMatchObject([
      { fault: "differs", status: "settled", outcome: "applied" },
    ]);
  });

  test("counts what others made on the same account, and leaves it alone", async () => {
    const shop = await comparingMeans(desk);
    const { paymentIntents } = shop.standIns.stripe;
    const money = { amount: 500, currency: "gbp" };
    const bare = await paymentIntents.create(money);
    const other = { aurora_installation: "00000000-0000-4000-8000-000000000000" };
    const theirs = await paymentIntents.create({ ...money, metadata: other });
    await shop.pay(theirs);
    expect(await shop.compare()).toMatchObject({ intents: 2, foreign: 2, breaks: 0 });
    expect(await paymentIntents.retrieve(bare.id)).toMatchObject({
      status: "requires_payment_method",
    });
    // The other mode's objects are as foreign, whatever their stamp.
    const mine = await shop.stamped();
    const live = { ...shop, ownership: { ...shop.ownership, livemode: true } };
    await compareBooks(live)({ id: "hourly_comparison" }, shop.job);
    expect(await shop.breaksOf(mine)).toEqual([]);
  });

  test("costs a page and a statement for each hundred of a thousand intents", async () => {
    const shop = await comparingMeans(desk);
    const { paying } = await shop.payable("many");
    const ids: string[] = [];
    for (let count = 0; count < 1_000; count += 50) {
      const made = Array.from({ length: 50 }, () => shop.stamped(paying));
      ids.push(...(await Promise.all(made)).map(({ id }) => id));
    }
    await sql`
      INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency, intent_id,
        created_at)
      SELECT gen_random_uuid(), ${paying.orderId}, 1 + nr, 'cancelled', 1000, 'gbp', intent, now()
      FROM unnest(${ids}::text[]) WITH ORDINALITY AS i (intent, nr)`.execute(desk.db);
    await Promise.all(ids.map((id) => shop.standIns.stripe.paymentIntents.cancel(id)));

    let statements = 0;
    const counting = desk.db.withPlugin({
      transformQuery({ node }) {
        statements++;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const countRequests = async () =>
      Object.entries(await shop.standIns.read<Record<string, number>>("/counts"))
        .filter(([route]) => route.includes(" /v1/"))
        .reduce((sum, [, count]) => sum + count, 0);
    const before = await countRequests();
    await shop.compare();
    await compareBooks({ ...shop, db: counting })({ id: "hourly_comparison" }, shop.job);
    // Twice: eleven pages of intents, one of refunds, one of disputes.
    expect((await countRequests()) - before).toBe(2 * 13);
    expect(statements).toBeLessThanOrEqual(11 + 5);
  }, 60_000);
});

describe("the comparison of refunds and disputes", () => {
  test("finds a refund of the dashboard's, and later that its bank refused it", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("refunded");
    await shop.pay(intent);
    await shop.compare();
    const refund = await shop.standIns.stripe.refunds.create({
      payment_intent: intent.id,
      amount: 300,
    });
    expect(await shop.compare()).toMatchObject({ refunds: 1, foreign: 0 });
    const rowOf = () =>
      desk.db.selectFrom("refunds").selectAll().where("stripe_id", "=", refund.id).execute();
    expect(await rowOf()).toMatchObject([
      { payment_id: paying.paymentId, status: "succeeded", amount_minor: 300 },
    ]);
    await shop.standIns.tell(`/stripe/refunds/${refund.id}/fail`, {});
    expect(await shop.compare()).toMatchObject({ refunds: 1 });
    expect(await rowOf()).toMatchObject([{ status: "failed" }]);
    expect(await shop.compare()).toMatchObject({ breaks: 0 });
  });

  test("finds a dispute, and leaves a row of it", async () => {
    const shop = await comparingMeans(desk);
    const { paying, intent } = await shop.payable("disputed");
    await shop.pay(intent);
    await shop.compare();
    await shop.standIns.tell(`/stripe/intents/${intent.id}/dispute`, {});
    expect(await shop.compare()).toMatchObject({ disputes: 1 });
    expect(
      await desk.db
        .selectFrom("disputes")
        .selectAll()
        .where("payment_id", "=", paying.paymentId)
        .execute(),
    ).toMatchObject([{ status: "open" }]);
    expect((await shop.breaksOf(intent)).map(({ outcome }) => outcome)).toEqual([
      "applied",
      "applied",
    ]);
    expect(await shop.compare()).toMatchObject({ breaks: 0 });
  });

  test("leaves refunds of others' payments alone", async () => {
    const shop = await comparingMeans(desk);
    const { stripe } = shop.standIns;
    const theirs = await stripe.paymentIntents.create({ amount: 500, currency: "gbp" });
    await shop.pay(theirs);
    await stripe.refunds.create({ payment_intent: theirs.id });
    expect(await shop.compare()).toMatchObject({ foreign: 2, breaks: 0 });
  });
});
