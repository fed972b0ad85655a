import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { closeOrders, expireHolds } from "../../../src/orders/close-orders.ts";
import { extendHold } from "../../../src/orders/operators/extend-hold.ts";
import { releaseHold } from "../../../src/orders/operators/release-hold.ts";
import { captured, type Placed } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { stockOf } from "../../support/shop.ts";
import { ordersAt } from "./orders-in.ts";

const desk = useRefundDesk();
const { orderAt, pastItsTime } = ordersAt(desk);
const actor = "ops:ann";

const extend = ({ orderId }: Placed, minutes: number) =>
  inTransaction(desk.db, (trx) => extendHold(trx, desk.settings, { orderId, minutes, actor }));
const release = ({ orderId }: Placed) =>
  inTransaction(desk.db, (trx) => releaseHold(trx, desk.settings, { orderId, actor }));

/** In seconds, from when the goods were held. */
async function clocksOf({ orderId }: Placed) {
  const { rows } = await sql<{ ends: number; due: number; looks: number }>`
    SELECT extract(epoch FROM expires_at - held_at)::float8 AS ends,
      extract(epoch FROM orders.due_at - expires_at)::float8 AS due,
      extract(epoch FROM payments.due_at - expires_at)::float8 AS looks
    FROM orders JOIN payments ON order_id = orders.id
    WHERE orders.id = ${orderId}`.execute(desk.db);
  return rows[0];
}

describe("a hold that is extended", () => {
  test("ends later, and all that waits for its end waits with it", async () => {
    const paying = await desk.payable();
    const { expiresAt, moved } = await extend(paying, 45);
    expect(moved).toEqual([]);
    expect((await desk.orderOf(paying)).expires_at?.getTime()).toBe(expiresAt.getTime());
    const { ends, due, looks } = (await clocksOf(paying)) ?? {};
    expect(ends).toBeCloseTo(75 * 60, 3);
    expect(due).toBeGreaterThanOrEqual(desk.settings.LEASE_SECONDS);
    expect(due).toBeLessThanOrEqual(
      desk.settings.LEASE_SECONDS + desk.settings.EXPIRY_BUCKET_SECONDS,
    );
    expect(looks).toBeCloseTo(60, 3);
    const [event] = (await desk.historyOf(paying)).slice(-1);
    const detail = { minutes: 45, expiresAt: expiresAt.toISOString() };
    expect(event).toEqual({ event: "hold_extended", detail });
  });

  test("leaves a sooner look at Stripe where it is", async () => {
    const paying = await desk.payable();
    await sql`UPDATE payments SET due_at = now() + interval '5 seconds', last_error = 'slow'
      WHERE id = ${paying.paymentId}`.execute(desk.db);
    const { due_at: before } = await desk.paymentOf(paying);
    await extend(paying, 30);
    expect((await desk.paymentOf(paying)).due_at).toEqual(before);
  });

  test("is never longer than stock may be held, and says how much is possible", async () => {
    const paying = await desk.payable();
    const refusal = { code: "hold_too_long", message: expect.stringContaining("At most 90 more") };
    await expect(extend(paying, 91)).rejects.toMatchObject(refusal);
    await extend(paying, 90);
    expect((await clocksOf(paying))?.ends).toBeCloseTo(120 * 60, 3);
    const none = { code: "hold_too_long", message: expect.stringContaining("order again") };
    await expect(extend(paying, 1)).rejects.toMatchObject(none);
  });

  test("counts from now where its end has passed and nobody has closed it", async () => {
    const paying = await desk.payable();
    await pastItsTime(paying);
    const { expiresAt } = await extend(paying, 10);
    const { rows } = await sql<{ minutes: number }>`
      SELECT extract(epoch FROM ${expiresAt}::timestamptz - now())::float8 / 60 AS minutes`.execute(
      desk.db,
    );
    expect(rows[0]?.minutes).toBeGreaterThan(9);
    expect(rows[0]?.minutes).toBeLessThanOrEqual(10);
  });

  test("is left alone when the old end's clock rings", async () => {
    const paying = await desk.payable();
    await pastItsTime(paying);
    await extend(paying, 10);
    const ringing = await inTransaction(desk.db, (trx) => expireHolds(trx, desk.settings));
    expect(ringing).toMatchObject({ more: false, moved: [] });
    const ids = [paying.orderId];
    const late = await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, ids));
    expect(late).toMatchObject({ closes: [null], moved: [], hints: [] });
    expect(await desk.orderOf(paying)).toMatchObject({ status: "awaiting_payment", closing: null });
    await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid" });
  });
});

describe("a hold that is released", () => {
  test.each(["draft", "reserving"] as const)("ends an order that is %s at once", async (where) => {
    const order = await orderAt(where);
    const { moved } = await release(order);
    expect(moved).toMatchObject([{ event: "draft_expired", to: "expired" }]);
  });

  test("ends an order at once that nobody can pay", async () => {
    const paying = await desk.awaiting();
    const { moved } = await release(paying);
    expect(moved).toMatchObject([{ event: "hold_expired", to: "expired" }]);
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
  });

  test("gives the goods back when Stripe has cancelled, and not before", async () => {
    const paying = await desk.payable();
    const { hints } = await release(paying);
    const { orderId: id } = paying;
    expect(hints).toMatchObject([{ queue: "payment", kind: "close_order", id }]);
    expect(await desk.orderOf(paying)).toMatchObject({
      ...{ status: "awaiting_payment", closing: "expired" },
    });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(2);
    const ids = [id];
    const { closes } = await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, ids));
    expect(closes).toMatchObject([{ cancel: { intentId: paying.intent.id } }]);
    await desk.apply(paying, { status: "cancelled" });
    expect(await desk.orderOf(paying)).toMatchObject({ status: "expired" });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
    expect(await desk.messagesOf(paying)).toEqual(["order_expired/email"]);
  });

  test("loses to a customer who pays meanwhile", async () => {
    const paying = await desk.payable();
    await release(paying);
    await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid", closing: null });
    expect(await desk.refundsOf(paying)).toEqual([]);
  });

  test("sends money back that did not match, without waiting for its time", async () => {
    const paying = await orderAt("under review");
    const { moved } = await release(paying);
    expect(moved).toMatchObject([
      { event: "hold_expired", to: "expired", detail: { because: "amount_mismatch" } },
    ]);
    expect(await desk.refundsOf(paying)).toMatchObject([
      { reason: "amount_mismatch", amount_minor: 900 },
    ]);
  });
});
