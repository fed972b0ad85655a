import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { closeOrders } from "../../../src/orders/close-orders.ts";
import { findOrder } from "../../../src/orders/find-order.ts";
import { seenRefund } from "../../support/money-back.ts";
import { captured, type Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { requestOf, reserved, stockOf } from "../../support/shop.ts";

const desk = useRefundDesk();

/** An order whose hold ran out, and whose intent Stripe has cancelled. */
async function expired(): Promise<Paying> {
  const paying = await desk.payable();
  await sql`UPDATE orders SET expires_at = now() - interval '1 second'
    WHERE id = ${paying.orderId}`.execute(desk.db);
  await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [paying.orderId]));
  await desk.apply(paying, { status: "cancelled" });
  expect((await desk.orderOf(paying)).status).toBe("expired");
  return paying;
}

/** Somebody else buys all that is left of an order's goods. */
async function sellOut({ sku }: Paying, quantity = 3): Promise<void> {
  await reserved(desk.db, desk.settings, requestOf(desk.shop, [{ sku, quantity }]));
}

async function moneyOf({ orderId }: Paying) {
  return (await findOrder(desk.db, orderId))?.money;
}

async function refunds(paying: Paying): Promise<[string, number, string][]> {
  const rows = await desk.refundsOf(paying);
  return rows.map(({ reason, amount_minor, status }) => [reason, amount_minor, status]);
}

describe("money for an order that has expired", () => {
  test("brings it back to life where all its goods can be held again", async () => {
    const paying = await expired();
    for (let times = 0; times < 2; times++) await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "paid", attention: null });
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(2);
    const [event] = (await desk.historyOf(paying)).slice(-1);
    expect(event).toEqual({ event: "revived", detail: { revived: true } });
    expect(await desk.messagesOf(paying)).toEqual([
      "order_expired/email",
      "order_paid/email",
      "order_paid/sms",
    ]);
    expect(await refunds(paying)).toEqual([]);
    expect(await desk.ledgerOf(paying)).toEqual({ stripe: 1_000, sales: -1_000 });
  });

  test("goes back in full where they are sold, with an apology, and without a person", async () => {
    const paying = await expired();
    await sellOut(paying);
    for (let times = 0; times < 2; times++) await desk.apply(paying, captured);
    expect(await desk.orderOf(paying)).toMatchObject({ status: "expired", attention: null });
    expect(await refunds(paying)).toEqual([["late_money", 1_000, "requested"]]);
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(3);

    const [row] = await desk.refundsOf(paying);
    await desk.look(paying, seenRefund({ refundId: row?.id ?? "" }));
    expect(await moneyOf(paying)).toMatchObject({ capturedMinor: 1_000, refundedMinor: 1_000 });
    const [event] = (await desk.historyOf(paying)).slice(-1);
    expect(event).toMatchObject({ detail: { whole: true, apology: "late_money" } });
    expect(await desk.messagesOf(paying)).toContain("order_refunded/email");
  });

  test("goes back where only part of its goods is left", async () => {
    const paying = await expired();
    await sellOut(paying, 2);
    await desk.apply(paying, captured);
    expect(await refunds(paying)).toEqual([["late_money", 1_000, "requested"]]);
    expect((await stockOf(desk.db, paying.sku)).reserved).toBe(2);
  });

  test("goes back when it comes more than a day after the order was placed", async () => {
    const paying = await expired();
    await sql`UPDATE orders SET placed_at = now() - interval '25 hours'
      WHERE id = ${paying.orderId}`.execute(desk.db);
    await desk.apply(paying, captured);
    expect((await desk.orderOf(paying)).status).toBe("expired");
    expect(await refunds(paying)).toEqual([["late_money", 1_000, "requested"]]);
  });

  test("goes back, as much as came, where it does not match", async () => {
    const paying = await expired();
    await desk.apply(paying, { ...captured, capturedMinor: 700 });
    expect((await desk.orderOf(paying)).status).toBe("expired");
    expect(await refunds(paying)).toEqual([["late_money", 700, "requested"]]);
  });

  test("of two that want the last goods, one is revived and one goes back", async () => {
    const [one, other] = [await expired(), await expired()];
    // Both are about the same goods now, of which three are left.
    await sql`UPDATE order_lines SET sku = ${one.sku}
      WHERE order_id = ${other.orderId}`.execute(desk.db);
    await Promise.all([desk.apply(one, captured), desk.apply(other, captured)]);
    const statuses = [(await desk.orderOf(one)).status, (await desk.orderOf(other)).status];
    expect(statuses.sort()).toEqual(["expired", "paid"]);
    expect([...(await refunds(one)), ...(await refunds(other))]).toHaveLength(1);
    expect((await stockOf(desk.db, one.sku)).reserved).toBe(2);
  });
});

describe("money for an order that was cancelled", () => {
  test("brings it back, too: it was paid before anybody could know", async () => {
    const paying = await desk.payable();
    await sql`UPDATE orders SET closing = 'cancelled' WHERE id = ${paying.orderId}`.execute(
      desk.db,
    );
    await desk.apply(paying, { status: "cancelled" });
    expect((await desk.orderOf(paying)).status).toBe("cancelled");
    await desk.apply(paying, captured);
    expect((await desk.orderOf(paying)).status).toBe("paid");
  });
});

describe("a second payment of an order that is paid", () => {
  /** The first intent was cancelled at Stripe, and another one paid. */
  async function paidTwice(): Promise<Paying> {
    const first = await desk.payable();
    await desk.apply(first, { status: "cancelled" });
    const { id: paymentId } = await desk.db
      .selectFrom("payments")
      .select("id")
      .where("order_id", "=", first.orderId)
      .where("attempt", "=", 2)
      .executeTakeFirstOrThrow();
    const second = {
      ...first,
      paymentId,
      intent: { ...first.intent, id: `pi_2_${paymentId}`, paymentId },
    };
    await desk.apply(second, captured);
    expect((await desk.orderOf(first)).status).toBe("paid");
    for (let times = 0; times < 2; times++) await desk.apply(first, captured);
    return first;
  }

  test("goes back in full, calls for a person, and leaves the order paid", async () => {
    const first = await paidTwice();
    expect(await desk.orderOf(first)).toMatchObject({
      status: "paid",
      attention: "second_payment",
    });
    const rows = await desk.refundsOf(first);
    expect(rows).toMatchObject([
      { payment_id: first.paymentId, reason: "second_payment", amount_minor: 1_000 },
    ]);
    await desk.look(first, seenRefund({ refundId: rows[0]?.id ?? "" }));
    expect(await desk.ledgerOf(first)).toEqual({ stripe: 1_000, sales: -1_000 });
    expect(await moneyOf(first)).toEqual({
      ...{ capturedMinor: 2_000, refundedMinor: 1_000, disputed: false },
    });
    const messages = await desk.messagesOf(first);
    expect(messages.filter((message) => message === "order_paid/email")).toHaveLength(1);
  });

  test("leaves what the order itself cost to be refunded", async () => {
    const first = await paidTwice();
    await desk.refund(first);
    expect((await refunds(first)).map(([reason, amount]) => [reason, amount]).sort()).toEqual([
      ["damaged", 1_000],
      ["second_payment", 1_000],
    ]);
    expect(await desk.ask(first)).toMatchObject({ error: { code: "nothing_left_to_refund" } });
  });
});

test("money that does not match waits for a person, and in the end goes back", async () => {
  const paying = await desk.payable();
  await desk.apply(paying, { ...captured, capturedMinor: 999 });
  expect(await desk.orderOf(paying)).toMatchObject({
    ...{ status: "awaiting_payment", attention: "amount_mismatch" },
  });
  await sql`UPDATE orders SET expires_at = now() - interval '1 second',
    held_at = now() - interval '1 day' WHERE id = ${paying.orderId}`.execute(desk.db);
  await inTransaction(desk.db, (trx) => closeOrders(trx, desk.settings, [paying.orderId]));
  expect((await desk.orderOf(paying)).status).toBe("expired");
  expect(await refunds(paying)).toEqual([["amount_mismatch", 999, "requested"]]);
  expect((await stockOf(desk.db, paying.sku)).reserved).toBe(0);
});
