import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { PaymentGateway, Span } from "../../../src/payments/gateway.ts";
import { compareBooks } from "../../../src/workers/comparison/compare-books.ts";
import { useQueues } from "../queue-desk.ts";
import { atOnce, comparingMeans } from "./comparing.ts";

const desk = useQueues(atOnce);
type Shop = Awaited<ReturnType<typeof comparingMeans>>;

/** Money of an order that we don't know, found and asked to go back. */
async function orphan(shop: Shop, card: string) {
  const intent = await shop.stamped();
  await shop.standIns.tell(`/stripe/intents/${intent.id}/pay`, { card });
  await shop.compare();
  await shop.settle(intent);
  return { intent, refund: await refundOf(shop, intent) };
}

async function refundOf(shop: Shop, { id }: { id: string }) {
  const { data } = await shop.standIns.stripe.refunds.list({ payment_intent: id });
  return data[0] ?? expect.fail("It has no refund.");
}

const ends = (shop: Shop, refund: { id: string }, end: "succeed" | "fail") =>
  shop.standIns.tell(`/stripe/refunds/${refund.id}/${end}`);

/** What of an orphan's money stands with Stripe, by our ledger. */
async function standing(...movements: string[]): Promise<number> {
  const { rows } = await sql<{ sum: number }>`
    SELECT coalesce(sum(amount_minor), 0)::integer AS sum FROM ledger_entries
    WHERE account = 'stripe' AND movement = ANY(${movements}::text[])`.execute(desk.db);
  return rows[0]?.sum ?? 0;
}

describe("money of an order that we don't know", () => {
  test("has gone back once its refund has succeeded, and not before", async () => {
    const shop = await comparingMeans(desk);
    const { intent, refund } = await orphan(shop, "pm_card_pendingRefund");
    expect(refund.status).toBe("pending");
    expect(await shop.breaksOf(intent)).toMatchObject([
      { status: "open", last_error: "Its refund is on its way." },
    ]);
    await ends(shop, refund, "succeed");
    await shop.settle(intent);
    expect(await shop.breaksOf(intent)).toMatchObject([{ outcome: "refunded" }]);
  });

  test("calls for a person when its refund fails on the way", async () => {
    const shop = await comparingMeans(desk);
    const { intent, refund } = await orphan(shop, "pm_card_pendingRefund");
    await ends(shop, refund, "fail");
    await shop.settle(intent);
    expect(await shop.breaksOf(intent)).toMatchObject([
      { status: "open", last_error: expect.stringContaining("a person must look") },
    ]);
  });

  test("calls for a person when a bank returns it, until it has gone back again", async () => {
    const shop = await comparingMeans(desk);
    const { intent, refund } = await orphan(shop, "pm_card_visa");
    expect(await shop.breaksOf(intent)).toMatchObject([{ outcome: "refunded" }]);
    await ends(shop, refund, "fail");
    await shop.compare();
    await shop.settle(refund);
    expect(await shop.breaksOf(refund)).toMatchObject([
      { status: "open", last_error: expect.stringContaining("a person must look") },
    ]);
    const movements = [`capture:${intent.id}`, `refund:${refund.id}`, `refund_failed:${refund.id}`];
    expect(await standing(...movements)).toBe(1_000);

    const again = await shop.standIns.stripe.refunds.create({ payment_intent: intent.id });
    await shop.settle(refund);
    expect(await shop.breaksOf(refund)).toMatchObject([{ outcome: "refunded" }]);
    expect(await standing(...movements, `refund:${again.id}`)).toBe(0);
    await shop.compare();
    expect(await shop.breaksOf(refund)).toHaveLength(1);
  });
});

test.each([7, 30])("a refund that its bank returns is found %i days later", async (days) => {
  const shop = await comparingMeans(desk);
  const { intent } = await shop.payable(`returned-${days}`);
  await shop.pay(intent);
  await shop.standIns.stripe.refunds.create({ payment_intent: intent.id });
  await shop.compare();
  const refund = await refundOf(shop, intent);
  await ends(shop, refund, "fail");
  const statusOf = () =>
    desk.db.selectFrom("refunds").select("status").where("stripe_id", "=", refund.id).execute();
  expect(await statusOf()).toEqual([{ status: "succeeded" }]);

  await desk.db
    .updateTable("stripe_cursors")
    .set({ position: new Date(Date.now() - 24 * 3_600_000), findings: "{}" })
    .execute();
  const gateway = ago(shop.gateway, days);
  await compareBooks({ ...shop, gateway })({ id: "nightly_comparison" }, shop.job);
  expect(await statusOf()).toEqual([{ status: "failed" }]);
});

/** Stripe's lists as if all that is on them had been made so many days ago. */
function ago(gateway: PaymentGateway, days: number): PaymentGateway {
  const later = (date: Date) => new Date(date.getTime() + days * 24 * 3_600_000);
  const spanOf = ({ since, until }: Span) => ({ since: later(since), until: later(until) });
  return {
    ...gateway,
    listIntents: (span) => gateway.listIntents(spanOf(span)),
    listRefunds: (span) => gateway.listRefunds(spanOf(span)),
  };
}
