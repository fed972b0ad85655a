import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { closeOrders } from "../../src/orders/close-orders.ts";
import { type Answer, useApi } from "../support/api.ts";
import {
  type BoughtOrder,
  paidOrder,
  reservedOrder,
  seeIntent,
  seeRefunds,
} from "../support/api-money.ts";
import { seenRefund } from "../support/money-back.ts";
import { addProduct } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 1_000, priceMinor: 500 }));

/** The order as its guest's page reads it. */
function seenByGuest({ id, orderToken }: BoughtOrder): Promise<Answer> {
  return api.ask(`/v1/orders/${id}`, { as: orderToken });
}

async function seenByShop({ id }: BoughtOrder): Promise<Answer["body"]> {
  return (await api.ask(`/v1/orders/${id}`, { as: api.secretKey })).body;
}

const captured = ({ totalMinor }: BoughtOrder) =>
  ({ status: "captured", capturedMinor: totalMinor }) as const;

/** The hold of an order runs out, and Stripe cancels its intent. */
async function expiredOrder(sku: string): Promise<BoughtOrder> {
  const order = await reservedOrder(api, sku);
  await seeIntent(api, order, {});
  await sql`UPDATE orders SET expires_at = now() - interval '1 second'
    WHERE id = ${order.id}`.execute(api.db);
  await inTransaction(api.db, (trx) => closeOrders(trx, api.settings, [order.id]));
  await seeIntent(api, order, { status: "cancelled" });
  return order;
}

describe("a payment as its customer sees it", () => {
  test("is delayed while Stripe can't be asked for it, and then no more", async () => {
    const order = await reservedOrder(api, "MUG");
    expect((await seenByGuest(order)).body.payment).toEqual({ status: "created" });
    await sql`UPDATE payments SET last_error = 'stripe_unreachable: no answer'
      WHERE order_id = ${order.id}`.execute(api.db);
    expect((await seenByGuest(order)).body.payment).toEqual({ status: "created", delayed: true });
    await seeIntent(api, order, {});
    const { payment } = (await seenByGuest(order)).body;
    expect(payment).toEqual({ status: "pending", clientSecret: expect.any(String) });
  });

  test("tells in plain words why the last card was declined, until it is paid", async () => {
    const order = await reservedOrder(api, "MUG");
    for (const [chargeId, declineCode] of [
      [`ch_1_${order.id}`, "generic_decline"],
      [`ch_2_${order.id}`, "insufficient_funds"],
    ] as const) {
      const declines = [{ chargeId, code: "card_declined", declineCode }];
      await seeIntent(api, order, { declines });
    }
    const { body } = await seenByGuest(order);
    expect(body.payment.declined).toMatch(/not enough money|funds/i);
    expect(body.payment.clientSecret).toBeDefined();
    await seeIntent(api, order, captured(order));
    expect((await seenByGuest(order)).body.payment).toEqual({ status: "captured" });
  });
});

describe("money that came too late", () => {
  test("brings the order back, and its customer's page says that it is paid", async () => {
    const order = await expiredOrder("MUG");
    expect(await seenByGuest(order)).toMatchObject({
      status: 410,
      body: { type: "/problems/order_expired", detail: expect.stringContaining("nobody paid") },
    });
    await seeIntent(api, order, captured(order));
    expect(await seenByGuest(order)).toMatchObject({
      status: 200,
      body: { status: "paid", paymentStatus: "paid" },
    });
  });

  test("goes back where the goods are sold, and its customer's page says so", async () => {
    await addProduct(api, "RARE", { stock: 1, priceMinor: 500 });
    const order = await expiredOrder("RARE");
    await paidOrder(api, "RARE");
    await seeIntent(api, order, captured(order));
    expect(await seenByGuest(order)).toMatchObject({
      status: 410,
      body: {
        type: "/problems/order_expired",
        detail: expect.stringContaining("You get your money back in full"),
      },
    });
    expect(await seenByShop(order)).toMatchObject({ status: "expired", paymentStatus: "paid" });
    const path = `/v1/orders/${order.id}/refunds`;
    const { body } = await api.ask(path, { as: api.secretKey });
    expect(body.data).toMatchObject([{ reason: "late_money", amountMinor: 500 }]);
    await seeRefunds(api, order, [seenRefund({ amountMinor: 500, refundId: body.data[0].id })]);
    expect(await seenByShop(order)).toMatchObject({
      ...{ status: "expired", paymentStatus: "refunded", refundedMinor: 500 },
    });
  });
});

test("an order stays paid when a second payment of it has gone back", async () => {
  const order = await reservedOrder(api, "MUG");
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM payments WHERE order_id = ${order.id}`.execute(api.db);
  const first = rows[0]?.id ?? "";
  await seeIntent(api, order, {});
  // The first intent dies at another's hand; a second one is made, and both are paid in the end.
  await seeIntent(api, order, { status: "cancelled" });
  await seeIntent(api, order, captured(order));
  await seeIntent(api, order, captured(order), first);
  const refunds = `/v1/orders/${order.id}/refunds`;
  const { body } = await api.ask(refunds, { as: api.secretKey });
  expect(body.data).toMatchObject([{ reason: "second_payment", amountMinor: 500 }]);
  const back = seenRefund({ amountMinor: 500, refundId: body.data[0].id });
  await seeRefunds(api, order, [back], first);
  expect(await seenByShop(order)).toMatchObject({
    ...{ status: "paid", paymentStatus: "paid", refundedMinor: 500, attention: "second_payment" },
  });
});

test("a guest whose money came too late is told so, and not that nobody paid", async () => {
  const order = await expiredOrder("MUG");
  const cancel = async () => {
    const path = `/v1/orders/${order.id}/cancel`;
    return await api.ask(path, { method: "POST", as: order.orderToken, key: randomUUID() });
  };
  expect((await cancel()).body.detail).toContain("nobody paid in time");
  await sql`UPDATE orders SET placed_at = now() - interval '25 h' WHERE id = ${order.id}`.execute(
    api.db,
  );
  await seeIntent(api, order, captured(order));
  const { status, body } = await cancel();
  expect([status, body.type]).toEqual([410, "/problems/order_expired"]);
  expect(body.detail).toContain("You get your money back in full");
});

describe("money that does not match", () => {
  test.each([
    ["too little", { capturedMinor: 499 }],
    ["too much", { capturedMinor: 501 }],
    ["another currency's", { capturedMinor: 500, currency: "eur" }],
  ])("%s pays for nothing, and the shop finds the order", async (_name, seen) => {
    const order = await reservedOrder(api, "MUG");
    await seeIntent(api, order, { status: "captured", ...seen });
    expect((await seenByGuest(order)).body).toMatchObject({
      status: "awaiting_payment",
      paymentStatus: "unpaid",
    });
    expect(await seenByShop(order)).toMatchObject({ attention: "amount_mismatch" });
    const { body } = await api.ask("/v1/orders?attention=true", { as: api.secretKey });
    expect(body.data[0]).toMatchObject({ id: order.id, attention: "amount_mismatch" });
  });
});
