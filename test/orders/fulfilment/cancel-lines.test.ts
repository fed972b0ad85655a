import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { seenDispute, seenRefund } from "../../support/money-back.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { stockOf, stockProduct } from "../../support/shop.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

describe("lines of a paid order", () => {
  test("are cancelled in part: they are free, their price goes back, the order stays", async () => {
    const order = await desk.sold();
    expect(await shipping.cancel(order, 1, "full")).toBe("cancelled");
    expect((await desk.orderOf(order)).status).toBe("paid");
    expect(await shipping.holdsOf(order)).toEqual({ sold: 1, released: 1 });
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 3, reserved: 1 });
    expect(await desk.amountsOf(order)).toEqual([500]);
    expect((await desk.historyOf(order)).at(-1)).toMatchObject({
      event: "lines_cancelled",
      detail: { lines: [{ sku: order.sku, quantity: 1 }], refund: "full", refundMinor: 500 },
    });
    expect(await shipping.ship(order)).toBe("done");
    expect((await desk.orderOf(order)).status).toBe("completed");
  });

  test("that are all there is cancel the order itself, with all of its money", async () => {
    const sku = `sku-${randomUUID()}`;
    await stockProduct(desk.db, sku, 3, 300);
    const post = { kind: "shipping", name: "Post", amountMinor: 400 } as const;
    const bought = { lines: [{ sku, quantity: 2 }], adjustments: [post] };
    const order = { ...(await desk.sold(bought)), sku };
    expect(await shipping.cancel(order, 2, "full")).toBe("cancelled");
    expect((await desk.orderOf(order)).status).toBe("cancelled");
    expect(await desk.amountsOf(order)).toEqual([1_000]);
    const shipped = { ...(await desk.sold(bought)), sku };
    await shipping.ship(shipped, 1);
    await shipping.cancel(shipped, 1, "full");
    expect(await desk.amountsOf(shipped)).toEqual([300]);
  });

  test("are cancelled once per key", async () => {
    const order = await desk.sold();
    const idempotencyKey = randomUUID();
    expect(await shipping.cancel(order, 1, "full", { idempotencyKey })).toBe("cancelled");
    expect(await shipping.cancel(order, 1, "full", { idempotencyKey })).toBe("cancelled");
    expect(await shipping.holdsOf(order)).toEqual({ sold: 1, released: 1 });
    expect(await desk.amountsOf(order)).toEqual([500]);
  });

  test("keep their money where the shop says so", async () => {
    const order = await desk.sold();
    expect(await shipping.cancel(order, 1, "none")).toBe("cancelled");
    expect(await desk.amountsOf(order)).toEqual([]);
    expect(await desk.messagesOf(order)).toContain("lines_cancelled/email");
  });

  test("need a word on their money, and the shop's hand", async () => {
    const order = await desk.sold();
    expect(await shipping.cancel(order, 1, null)).toBe("order_is_paid");
    expect(await shipping.cancel(order, 1, "full", { isGuest: true })).toBe("order_is_paid");
    expect(await shipping.cancel(order, 3, "full")).toBe("quantity_too_large");
    expect(await shipping.holdsOf(order)).toEqual({ sold: 2 });
  });

  test("are not cancelled of an order that nobody has paid", async () => {
    const order = await desk.payable();
    expect(await shipping.cancel(order, 1, "full")).toBe("order_not_paid");
    expect(await shipping.holdsOf(order)).toEqual({ held: 2 });
  });

  test("that a bank disputes go without a refund only", async () => {
    const order = await desk.sold();
    await desk.lookAtDisputes(order, seenDispute({}));
    expect(await shipping.cancel(order, 1, "full")).toBe("dispute_open");
    expect(await shipping.cancel(order, 1, "none")).toBe("cancelled");
    expect((await desk.orderOf(order)).status).toBe("paid");
  });
});

describe("an order that ships", () => {
  test("is completed when the rest is cancelled, whose price goes back", async () => {
    const order = await desk.sold();
    await shipping.ship(order, 1);
    expect(await shipping.cancel(order, null, "full")).toBe("cancelled");
    expect((await desk.orderOf(order)).status).toBe("completed");
    expect(await shipping.holdsOf(order)).toEqual({ consumed: 1, released: 1 });
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 2, reserved: 0 });
    expect(await desk.amountsOf(order)).toEqual([500]);
    expect(await shipping.cancel(order, null, "full")).toBe("nothing_to_ship");
  });

  test("is cancelled by its customer no more", async () => {
    const order = await desk.sold();
    await shipping.ship(order, 1);
    expect(await shipping.cancel(order, null, "full", { isGuest: true })).toBe("order_is_paid");
    expect((await desk.orderOf(order)).status).toBe("fulfilling");
  });

  test("gives no more back than is left, whatever went back before", async () => {
    const order = await desk.sold();
    await shipping.ship(order, 1);
    await desk.refund(order, 800);
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([800, 200]);
  });

  test("is told of in one mail, which names the money too", async () => {
    const order = await desk.sold();
    await shipping.cancel(order, 1, "full");
    const [refund] = await desk.refundsOf(order);
    await desk.look(order, seenRefund({ amountMinor: 500, refundId: refund?.id ?? null }));
    expect(await desk.messagesOf(order)).toEqual([
      ...["order_paid/email", "lines_cancelled/email", "order_paid/sms"],
    ]);
  });
});
