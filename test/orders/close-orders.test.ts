import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { cancelOrders } from "../../src/orders/cancel-order.ts";
import { closeOrders, expireHolds } from "../../src/orders/close-orders.ts";
import { claimStarts } from "../../src/orders/paying/start-payments.ts";
import { useDatabase } from "../support/database.ts";
import { captured, openPayingShop, type Paying, type PayingShop } from "../support/paying.ts";
import { stockOf } from "../support/shop.ts";

const database = useDatabase();
let till: PayingShop;
beforeAll(async () => {
  till = await openPayingShop(database.url);
});
afterAll(() => till.db.destroy());

async function eventsNamed(name: string, paying: Paying) {
  return (await till.historyOf(paying)).filter(({ event }) => event === name);
}

describe("closing an order", () => {
  async function pass({ orderId }: Paying): Promise<void> {
    await sql`
      UPDATE orders SET expires_at = now() - interval '1 second'
      WHERE id = ${orderId}`.execute(till.db);
  }

  test("releases the stock only after Stripe has cancelled", async () => {
    const paying = await till.payable();
    await pass(paying);
    await inTransaction(till.db, (trx) => expireHolds(trx, till.settings));
    expect(await till.orderOf(paying)).toMatchObject({
      status: "awaiting_payment",
      closing: "expired",
    });
    expect((await stockOf(till.db, paying.sku)).reserved).toBe(2);

    await till.apply(paying, { status: "cancelled" });
    expect(await till.orderOf(paying)).toMatchObject({
      status: "expired",
      closing: null,
      due_at: null,
    });
    expect((await stockOf(till.db, paying.sku)).reserved).toBe(0);
    expect(await till.messagesOf(paying)).toEqual(["order_expired/email"]);
  });

  test("lets money win that came before Stripe could cancel", async () => {
    const paying = await till.payable();
    await pass(paying);
    await inTransaction(till.db, (trx) => closeOrders(trx, till.settings, [paying.orderId]));
    await till.apply(paying, captured);
    expect(await till.orderOf(paying)).toMatchObject({ status: "paid", closing: null });
    expect((await stockOf(till.db, paying.sku)).reserved).toBe(2);
  });

  test("needs no word from Stripe where nobody ever got the secret", async () => {
    const paying = await till.awaiting();
    await pass(paying);
    const { closes } = await inTransaction(till.db, (trx) =>
      closeOrders(trx, till.settings, [paying.orderId]),
    );
    expect(closes).toEqual([null]);
    expect((await till.orderOf(paying)).status).toBe("expired");
    expect((await till.paymentOf(paying)).status).toBe("cancelled");
  });

  test("keeps a payment in sight that Stripe may have been asked for", async () => {
    const paying = await till.awaiting();
    await inTransaction(till.db, (trx) => claimStarts(trx, [paying.paymentId]));
    await pass(paying);
    await inTransaction(till.db, (trx) => closeOrders(trx, till.settings, [paying.orderId]));
    expect((await till.orderOf(paying)).status).toBe("expired");
    expect((await till.paymentOf(paying)).status).toBe("created");

    await till.apply(paying, {});
    expect(await till.paymentOf(paying)).toMatchObject({ status: "created", client_secret: null });
    const [next] = await inTransaction(till.db, (trx) => claimStarts(trx, [paying.paymentId]));
    expect(next).toMatchObject({ todo: "cancel", cancel: { intentId: paying.intent.id } });
    await till.apply(paying, { status: "cancelled" });
    expect((await till.paymentOf(paying)).status).toBe("cancelled");
  });

  test("lets an order's clock ring at the end of its hold where it rang for nothing", async () => {
    const paying = await till.payable();
    const { due_at: end } = await till.orderOf(paying);
    await sql`UPDATE orders SET due_at = now(), round = 1, last_error = 'It failed.'
      WHERE id = ${paying.orderId}`.execute(till.db);
    await inTransaction(till.db, (trx) => closeOrders(trx, till.settings, [paying.orderId]));
    expect(await till.orderOf(paying)).toMatchObject({
      ...{ status: "awaiting_payment", closing: null, due_at: end, round: 0, last_error: null },
    });
  });

  test("does nothing to an order whose time has not come", async () => {
    const paying = await till.payable();
    const { closes } = await inTransaction(till.db, (trx) =>
      closeOrders(trx, till.settings, [paying.orderId]),
    );
    expect(closes).toEqual([null]);
    expect(await till.orderOf(paying)).toMatchObject({ status: "awaiting_payment", closing: null });
  });

  function cancel({ orderId }: Paying) {
    const request = {
      orderId,
      shopId: till.shop.id,
      idempotencyKey: randomUUID(),
      fingerprint: Buffer.from(orderId),
      actor: "customer",
      refund: null,
      isGuest: true,
    };
    return inTransaction(till.db, (trx) => cancelOrders(trx, till.settings, [request]));
  }

  test("cancels through Stripe what somebody may be paying, and says so", async () => {
    const paying = await till.payable();
    const { results, hints } = await cancel(paying);
    expect(results).toEqual([{ outcome: "closing", replayed: false }]);
    expect(hints.map(({ kind }) => kind)).toEqual(["close_order"]);
    await till.apply(paying, { status: "cancelled" });
    expect((await till.orderOf(paying)).status).toBe("cancelled");
    expect((await stockOf(till.db, paying.sku)).reserved).toBe(0);
  });

  test("says in the history that a cancellation came too late", async () => {
    const paying = await till.payable();
    await cancel(paying);
    await till.apply(paying, captured);
    expect((await till.orderOf(paying)).status).toBe("paid");
    const [event] = await eventsNamed("payment_captured", paying);
    expect(event?.detail).toEqual({ cancelledTooLate: true });
    const { results } = await cancel(paying);
    expect(results[0]).toMatchObject({ outcome: "refused", error: { code: "order_is_paid" } });
  });
});
