import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { cancelOrders } from "../../../src/orders/cancel-order.ts";
import { claimStarts } from "../../../src/orders/paying/start-payments.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { stockOf, stockProduct } from "../../support/shop.ts";
import { useEditDesk } from "./editing.ts";

const desk = useEditDesk();
const { till, edit, quantity, reserve, close, eventsOf, holdsOf, pendingEdits, broken } = desk;

afterEach(async () => {
  expect(await broken()).toEqual([]);
});

const paymentsOf = ({ orderId }: Paying) =>
  till.db
    .selectFrom("payments")
    .select(["status", "amount_minor"])
    .where("order_id", "=", orderId)
    .orderBy("attempt")
    .execute();

describe("an edit of an order that can be paid", () => {
  test("waits until Stripe has cancelled, then holds what is wanted and asks anew", async () => {
    const paying = await till.payable();
    await quantity(paying, 3);
    expect(await till.orderOf(paying)).toMatchObject({ closing: "edited", total_minor: 1_000 });
    const { closes } = await close(paying);
    expect(closes[0]?.cancel).toMatchObject({ intentId: paying.intent.id });

    await till.apply(paying, { status: "cancelled" });
    expect(await till.orderOf(paying)).toMatchObject({
      ...{ status: "reserving", closing: null, total_minor: 1_500 },
    });
    expect(await holdsOf(paying)).toEqual({ held: 2 });
    await reserve(paying);
    expect(await till.orderOf(paying)).toMatchObject({ status: "awaiting_payment" });
    expect(await holdsOf(paying)).toEqual({ held: 3, released: 2 });
    expect((await stockOf(till.db, paying.sku)).reserved).toBe(3);
    expect(await paymentsOf(paying)).toEqual([
      { status: "cancelled", amount_minor: 1_000 },
      { status: "created", amount_minor: 1_500 },
    ]);
    const history = await till.historyOf(paying);
    expect(history.find(({ event }) => event === "edited")?.detail).toMatchObject({
      lines: [{ sku: paying.sku, from: 2, to: 3 }],
      totalMinor: { from: 1_000, to: 1_500 },
    });
    expect(await pendingEdits()).toBe(0);
  });

  test("is done at once where nobody ever got the secret", async () => {
    const paying = await till.awaiting();
    await quantity(paying, 1);
    expect(await till.orderOf(paying)).toMatchObject({ status: "reserving", total_minor: 500 });
    expect((await till.paymentOf(paying)).status).toBe("cancelled");
    await reserve(paying);
    expect(await holdsOf(paying)).toEqual({ held: 1, released: 2 });
  });

  test("waits where Stripe was asked for an intent and has not answered", async () => {
    const paying = await till.awaiting();
    await inTransaction(till.db, (trx) => claimStarts(trx, [paying.paymentId]));
    await quantity(paying, 1);
    expect((await close(paying)).closes).toEqual([null]);
    expect((await till.orderOf(paying)).closing).toBe("edited");
    // Its intent comes: the secret is kept from everybody, and Stripe cancels it.
    await till.apply(paying, {});
    expect(await till.paymentOf(paying)).toMatchObject({ status: "created", client_secret: null });
    await till.apply(paying, { status: "cancelled" });
    expect((await till.orderOf(paying)).status).toBe("reserving");
    await reserve(paying);
  });

  test("keeps its goods and gets others, or gives all back where one is short", async () => {
    const paying = await till.payable();
    await stockProduct(till.db, `${paying.sku}-b`, 5, 500);
    const lines = [
      { sku: paying.sku, quantity: 2 },
      { sku: `${paying.sku}-b`, quantity: 5 },
    ];
    await edit(paying, { lines });
    await till.apply(paying, { status: "cancelled" });
    await reserve(paying);
    expect(await holdsOf(paying)).toEqual({ held: 7 });

    await edit(paying, { lines: lines.map((line) => ({ ...line, quantity: line.quantity + 1 })) });
    await reserve(paying);
    expect((await till.orderOf(paying)).status).toBe("rejected");
    expect(await holdsOf(paying)).toEqual({ released: 7 });
    expect((await stockOf(till.db, paying.sku)).reserved).toBe(0);
    const refused = (await till.historyOf(paying)).at(-1);
    expect(refused?.detail).toEqual({
      shortages: [{ sku: `${paying.sku}-b`, requested: 6, available: 5 }],
    });
  });

  test("holds its goods no longer in all than any order may", async () => {
    const paying = await till.awaiting();
    await sql`
      UPDATE orders SET held_at = held_at - interval '110 minutes'
      WHERE id = ${paying.orderId}`.execute(till.db);
    const { held_at: since } = await till.orderOf(paying);
    await quantity(paying, 1);
    await reserve(paying);
    const { held_at: heldAt, expires_at: expiresAt } = await till.orderOf(paying);
    expect(heldAt).toEqual(since);
    const left = (expiresAt?.getTime() ?? 0) - Date.now();
    expect(left).toBeLessThanOrEqual(10 * 60_000);
    expect(left).toBeGreaterThan(9 * 60_000);
  });

  test("that changes nothing leaves the payment alone", async () => {
    const paying = await till.payable();
    await quantity(paying, 2);
    expect(await till.orderOf(paying)).toMatchObject({ closing: null });
    expect(await eventsOf(paying)).not.toContain("closing");
  });
});

describe("an edit that comes too late", () => {
  test("gives way to the money: it is paid as it was, and the history says so", async () => {
    const paying = await till.payable();
    await quantity(paying, 3);
    await till.apply(paying, captured);
    expect(await till.orderOf(paying)).toMatchObject({ status: "paid", total_minor: 1_000 });
    const events = await till.historyOf(paying);
    expect(events.slice(-2)).toMatchObject([
      { event: "payment_captured" },
      { event: "edit_refused", detail: { because: "paid", totalMinor: { to: 1_500 } } },
    ]);
    expect(await pendingEdits()).toBe(0);
  });

  test.each([
    ["payment_processing", { status: "processing" }],
    ["payment_under_review", { status: "captured", capturedMinor: 999 }],
  ] as const)("is dropped: %s, and the order stays payable", async (because, seen) => {
    const paying = await till.payable();
    await quantity(paying, 3);
    await till.apply(paying, seen);
    const { status, closing, due_at, expires_at } = await till.orderOf(paying);
    expect([status, closing]).toEqual(["awaiting_payment", null]);
    expect(due_at?.getTime()).toBeGreaterThanOrEqual(expires_at?.getTime() ?? 0);
    const refused = (await till.historyOf(paying)).find(({ event }) => event === "edit_refused");
    expect(refused?.detail).toMatchObject({ because });
  });

  test("gives way to a cancellation, never back", async () => {
    const paying = await till.payable();
    await quantity(paying, 3);
    const cancel = {
      ...{ orderId: paying.orderId, shopId: till.shop.id, refund: null, isGuest: true },
      ...{ idempotencyKey: randomUUID(), fingerprint: Buffer.from("c"), actor: "guest" },
    };
    await inTransaction(till.db, (trx) => cancelOrders(trx, till.settings, [cancel]));
    expect((await till.orderOf(paying)).closing).toBe("cancelled");
    expect(await pendingEdits()).toBe(0);
    await till.apply(paying, { status: "cancelled" });
    expect(await till.orderOf(paying)).toMatchObject({ status: "cancelled", total_minor: 1_000 });
    const told = (await eventsOf(paying)).slice(-4);
    expect(told).toEqual(["closing", "closing", "edit_refused", "cancelled"]);
  });

  test("gives way to the clock", async () => {
    const paying = await till.payable();
    await quantity(paying, 3);
    await sql`
      UPDATE orders SET expires_at = now() - interval '1 second'
      WHERE id = ${paying.orderId}`.execute(till.db);
    const { closes } = await close(paying);
    expect(closes[0]).not.toBeNull();
    expect((await till.orderOf(paying)).closing).toBe("expired");
    await till.apply(paying, { status: "cancelled" });
    expect((await till.orderOf(paying)).status).toBe("expired");
    expect(await pendingEdits()).toBe(0);
  });

  test("is over when the clock ends an order that looks for its goods still", async () => {
    const paying = await till.awaiting();
    await quantity(paying, 1);
    await sql`
      UPDATE orders SET expires_at = now() - interval '1 second'
      WHERE id = ${paying.orderId}`.execute(till.db);
    await reserve(paying);
    expect((await till.orderOf(paying)).status).toBe("expired");
    expect(await holdsOf(paying)).toEqual({ released: 2 });
  });
});
