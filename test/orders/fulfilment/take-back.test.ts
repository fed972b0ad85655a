import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { seenDispute, seenRefund } from "../../support/money-back.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { stockOf } from "../../support/shop.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

async function completed(): Promise<Paying> {
  const order = await desk.sold();
  await shipping.ship(order);
  return order;
}

describe("goods that come back", () => {
  test("are for sale again, and their price goes back", async () => {
    const order = await completed();
    expect(await shipping.takeBack(order, 1)).toBe("done");
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 2, reserved: 0 });
    expect(await shipping.movementsOf(order)).toEqual([
      ...["reserve 0 2", "ship -2 -2", "return 1 0"],
    ]);
    expect(await shipping.holdsOf(order)).toEqual({ consumed: 2 });
    expect(await desk.amountsOf(order)).toEqual([500]);
    expect((await desk.orderOf(order)).status).toBe("completed");
    expect((await desk.historyOf(order)).slice(-2)).toMatchObject([
      { event: "refund_requested", detail: { amountMinor: 500, reason: "returned" } },
      { event: "returned", detail: { refundMinor: 500, lines: [{ sku: order.sku, quantity: 1 }] } },
    ]);
  });

  test("stay out of the stock where they are not to be sold again", async () => {
    const order = await completed();
    expect(await shipping.takeBack(order, 2, "none", { restock: false })).toBe("done");
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 1, reserved: 0 });
    expect(await desk.amountsOf(order)).toEqual([]);
  });

  test("are sorted within one return: some for sale again, some not", async () => {
    const order = await completed();
    const lines = [
      { sku: order.sku, quantity: 1, restock: true },
      { sku: order.sku.toUpperCase(), quantity: 1, restock: false },
    ];
    expect(await shipping.takeBack(order, 0, "full", { lines })).toBe("done");
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 2, reserved: 0 });
    expect(await desk.amountsOf(order)).toEqual([1_000]);
  });

  test("come back once per key", async () => {
    const order = await completed();
    const idempotencyKey = randomUUID();
    expect(await shipping.takeBack(order, 1, "full", { idempotencyKey })).toBe("done");
    expect(await shipping.takeBack(order, 1, "full", { idempotencyKey })).toBe("replayed");
    expect(await shipping.takeBack(order, 1, "none", { idempotencyKey })).toBe(
      "idempotency_key_reused",
    );
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 2, reserved: 0 });
    expect(await desk.amountsOf(order)).toEqual([500]);
  });

  test("are never more than were shipped", async () => {
    const order = await desk.sold();
    expect(await shipping.takeBack(order, 1)).toBe("nothing_shipped");
    await shipping.ship(order, 1);
    expect(await shipping.takeBack(order, 2)).toBe("quantity_too_large");
    expect(await shipping.takeBack(order, 1)).toBe("done");
    expect(await shipping.takeBack(order, 1)).toBe("quantity_too_large");
    expect((await desk.orderOf(order)).status).toBe("fulfilling");
  });
});

describe("the price of goods that come back", () => {
  test("goes back once, whoever refunded it before", async () => {
    const order = await completed();
    await desk.ask(order, { lines: [{ sku: order.sku, quantity: 1 }] });
    await shipping.takeBack(order, 1);
    await shipping.takeBack(order, 1);
    expect(await desk.amountsOf(order)).toEqual([500, 500]);
  });

  test("is at most what is left of the payment", async () => {
    const order = await completed();
    await desk.refund(order, 800);
    await shipping.takeBack(order, 1);
    expect(await desk.amountsOf(order)).toEqual([800, 200]);
    expect(await shipping.takeBack(order, 1)).toBe("done");
    expect(await desk.amountsOf(order)).toEqual([800, 200]);
  });

  test("may go back again where Stripe could not give it", async () => {
    const order = await completed();
    await shipping.takeBack(order, 1);
    const [refund] = await desk.refundsOf(order);
    const seen = { amountMinor: 500, refundId: refund?.id ?? null };
    await desk.look(order, seenRefund({ ...seen, status: "failed", failure: "declined" }));
    expect((await desk.orderOf(order)).attention).toBe("refund_failed");
    const { outcome } = await desk.ask(order, { lines: [{ sku: order.sku, quantity: 2 }] });
    expect(outcome).toBe("requested");
  });

  test("stays where a bank disputes it; the goods come back without it", async () => {
    const order = await completed();
    await desk.lookAtDisputes(order, seenDispute({}));
    expect(await shipping.takeBack(order, 1)).toBe("dispute_open");
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 1, reserved: 0 });
    expect(await shipping.takeBack(order, 1, "none")).toBe("done");
  });

  test("is told to the customer with the refund, and with nothing besides", async () => {
    const order = await completed();
    await shipping.takeBack(order, 1);
    const [refund] = await desk.refundsOf(order);
    await desk.look(order, seenRefund({ amountMinor: 500, refundId: refund?.id ?? null }));
    const told = (await desk.messagesOf(order)).filter((each) => each.endsWith("email"));
    expect(told.sort()).toEqual([
      ...["order_paid/email", "order_refunded/email", "order_shipped/email"],
    ]);
  });
});

test("the ledger of stock takes no return without its cause, nor the same one twice", async () => {
  const order = await completed();
  await shipping.takeBack(order, 1);
  const again = sql`
    INSERT INTO stock_movements (sku, location, kind, on_hand_delta, return_id, actor)
    SELECT sku, location, kind, on_hand_delta, return_id, actor FROM stock_movements
    WHERE sku = ${order.sku} AND kind = 'return'`.execute(desk.db);
  await expect(again).rejects.toMatchObject({ constraint: "a_return_comes_back_once" });
  const nameless = sql`
    INSERT INTO stock_movements (sku, location, kind, on_hand_delta, actor)
    VALUES (${order.sku}, 'main', 'return', 1, 'test')`.execute(desk.db);
  await expect(nameless).rejects.toMatchObject({ constraint: "a_movement_names_its_cause" });
});
