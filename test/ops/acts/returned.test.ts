import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { checkInvariants } from "../../../src/invariants/check-invariants.ts";
import { ledger } from "../../../src/invariants/ledger.ts";
import { money } from "../../../src/invariants/money.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { lookUpIntents } from "../../../src/orders/paying/look-up-intents.ts";
import { failRefunds } from "../../../src/orders/refunds/fail-refunds.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import type { Paying } from "../../support/paying.ts";
import { ben, outcomeOf, useActDesk } from "./desk.ts";

const { desk, act, seen, books } = useActDesk();
const { orderAt } = ordersAt(desk);
const input = { returned: "bank transfer 4711" };
const elsewhere = { provider: "external", status: "succeeded", due_at: null };

async function effectsOf(asked: ReturnType<typeof act>): Promise<string> {
  const answer = await asked;
  return answer.kind === "planned" && answer.plan.possible ? answer.plan.effects.join(" ") : "";
}

async function brokenFor({ orderId }: Paying): Promise<string[]> {
  const found = await checkInvariants(desk.db, [...money({ patienceSeconds: 120 }), ...ledger]);
  return found
    .filter(({ rows }) => rows.some((row) => row["order_id"] === orderId))
    .map(({ name }) => name);
}

/** £9 came for an order of £10, and went back by a bank transfer. */
async function underReview(): Promise<Paying> {
  const review = await orderAt("under review");
  seen(books, review, { status: "captured", capturedMinor: 900 });
  expect(await outcomeOf(act("settle", review, { input }))).toBe("done");
  return review;
}

/** A refund of part of what a sold order came to, which failed. */
async function failedRefund(paid: Paying, amountMinor: number): Promise<void> {
  await desk.ask(paid, desk.wishOf(paid, { amountMinor }));
  const refundId = (await desk.refundsOf(paid)).at(-1)?.id ?? "";
  await inTransaction(desk.db, (trx) =>
    failRefunds(trx, desk.settings, [{ refundId, reason: "refused" }]),
  );
}

async function secondPayment({ orderId }: Paying): Promise<string> {
  const id = randomUUID();
  await sql`INSERT INTO payments (id, order_id, attempt, status, amount_minor, currency,
      captured_minor, captured_currency, captured_at, intent_id, secret_stored_at)
    VALUES (${id}, ${orderId}, 2, 'captured', 1000, 'gbp', 1000, 'gbp', now(), ${`pi_${id}`},
      now())`.execute(desk.db);
  await sql`INSERT INTO ledger_entries
      (movement, account, amount_minor, currency, order_id, payment_id)
    SELECT ${`capture:${id}`}, account, amount, 'gbp', ${orderId}::uuid, ${id}::uuid
    FROM (VALUES ('stripe', 1000), ('sales', -1000)) AS v (account, amount)`.execute(desk.db);
  await sql`UPDATE orders SET attention = 'second_payment' WHERE id = ${orderId}`.execute(desk.db);
  return id;
}

describe("money that went back by other means", () => {
  test("is booked as that, and Stripe is not asked for it", async () => {
    const review = await orderAt("under review");
    expect(await effectsOf(act("settle", review, { input, dryRun: true }))).toMatch(
      /^£9.00 goes on record as given back by other means/,
    );
    expect(await outcomeOf(act("settle", review, { input }))).toBe("done");
    expect(await desk.refundsOf(review)).toMatchObject([
      { ...elsewhere, amount_minor: 900, payment_id: review.paymentId, stripe_id: null },
    ]);
    expect(await desk.ledgerOf(review)).toEqual({ stripe: 900, external: -900, sales: 0 });
    const told = (await desk.historyOf(review)).find(({ event }) => event === "refund_succeeded");
    expect(told?.detail).toMatchObject({ amountMinor: 900, reference: "bank transfer 4711" });
    const { booked } = await lookUpIntents(desk.db, [review.intent]);
    expect(booked).toMatchObject([{ capturedMinor: 900, refundedMinor: 0 }]);
    expect(await desk.messagesOf(review)).not.toContain("order_refunded/email");
    expect(await brokenFor(review)).toEqual([]);
  });

  test("does not go back again when the order ends", async () => {
    const review = await underReview();
    expect(await effectsOf(act("release_hold", review, { dryRun: true }))).toMatch(
      /All money that came went back before/,
    );
    await sql`UPDATE orders SET expires_at = now() - interval '3 hours',
      held_at = now() - interval '4 hours' WHERE id = ${review.orderId}`.execute(desk.db);
    await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [review.orderId]));
    expect(await desk.orderOf(review)).toMatchObject({ status: "expired" });
    expect(await desk.refundsOf(review)).toMatchObject([elsewhere]);
    expect(await brokenFor(review)).toEqual([]);
  });

  test("does not go back again when the order is paid otherwise", async () => {
    const review = await underReview();
    const paid = { to: "paid", reference: "till 7" };
    expect(await outcomeOf(act("set_status", review, { input: paid }))).toBe("done");
    expect(await desk.orderOf(review)).toMatchObject({ status: "paid" });
    expect(await desk.refundsOf(review)).toMatchObject([elsewhere]);
    expect(await brokenFor(review)).toEqual([]);
  });

  test("does not go back again with a cancellation", async () => {
    const paid = await orderAt("paid");
    const second = await secondPayment(paid);
    expect(await outcomeOf(act("settle", paid, { input }))).toBe("done");
    const full = { refund: "full" };
    expect(await effectsOf(act("cancel", paid, { input: full, dryRun: true }))).toMatch(
      / £10.00 goes back\.$/,
    );
    expect(await outcomeOf(act("cancel", paid, { input: full }))).toBe("done");
    const refunds = await desk.refundsOf(paid);
    expect(refunds.filter(({ provider }) => provider === "stripe")).toHaveLength(1);
    const byHand = refunds.filter((refund) => refund.provider === "external");
    expect(byHand.map((refund) => refund.amount_minor)).toEqual([1_000]);
    expect(new Set(refunds.map((refund) => refund.payment_id))).toEqual(
      new Set([paid.paymentId, second]),
    );
  });

  test("need be said only once, of every refund that failed", async () => {
    const paid = await orderAt("paid");
    await failedRefund(paid, 400);
    await failedRefund(paid, 100);
    expect(await outcomeOf(act("settle", paid))).toBe("money_owed");
    expect(await outcomeOf(act("settle", paid, { input }))).toBe("done");
    expect(await outcomeOf(act("settle", paid))).toBe("done");
    expect(await outcomeOf(act("settle", paid, { input }))).toBe("nothing_owed");
    const byHand = (await desk.refundsOf(paid)).filter(({ provider }) => provider === "external");
    expect(byHand.map((refund) => refund.amount_minor).toSorted()).toEqual([100, 400]);
    expect(await brokenFor(paid)).toEqual([]);
  });

  test("is booked once however often one key says so", async () => {
    const review = await orderAt("under review");
    const key = randomUUID();
    for (let times = 0; times < 2; times++) {
      expect(await outcomeOf(act("settle", review, { input, key }))).toBe("done");
    }
    expect(await desk.refundsOf(review)).toHaveLength(1);
  });
});

describe("a refund that failed twice", () => {
  test("is owed once", async () => {
    const paid = await orderAt("paid");
    await failedRefund(paid, 400);
    await failedRefund(paid, 400);
    await expect(act("settle", paid)).rejects.toThrow(/^£4.00 of the customer's money/);
  });

  test("is owed twice where two were wanted before either failed", async () => {
    const paid = await orderAt("paid");
    for (let times = 0; times < 2; times++) {
      await desk.ask(paid, desk.wishOf(paid, { amountMinor: 400 }));
    }
    for (const { id: refundId } of await desk.refundsOf(paid)) {
      await inTransaction(desk.db, (trx) =>
        failRefunds(trx, desk.settings, [{ refundId, reason: "refused" }]),
      );
    }
    await expect(act("settle", paid)).rejects.toThrow(/^£8.00 of the customer's money/);
  });
});

describe("what no supplier confirms", () => {
  test("is said by an admin: money that went back by other means", async () => {
    const review = await orderAt("under review");
    expect(await outcomeOf(act("settle", review, { input, by: ben }))).toBe("role_too_low");
    expect(await desk.refundsOf(review)).toEqual([]);
    const paid = await orderAt("paid");
    expect(await outcomeOf(act("settle", paid, { by: ben }))).toBe("done");
  });

  test("is said by an admin: a refund of money that Stripe never had", async () => {
    const order = await orderAt("awaiting payment");
    seen(books, order);
    const paid = { to: "paid", reference: "till 7" };
    expect(await outcomeOf(act("set_status", order, { input: paid }))).toBe("done");
    const damaged = { reason: "damaged" };
    const byBen = { input: damaged, by: ben };
    expect(await outcomeOf(act("refund", order, { ...byBen, dryRun: true }))).toBe("role_too_low");
    expect(await outcomeOf(act("refund", order, byBen))).toBe("role_too_low");
    expect(await outcomeOf(act("refund", order, { input: damaged }))).toBe("done");
    const sold = await orderAt("paid");
    expect(await outcomeOf(act("refund", sold, byBen))).toBe("done");
  });
});
