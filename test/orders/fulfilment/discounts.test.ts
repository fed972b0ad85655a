import { describe, expect, test } from "vitest";
import type { Adjustment } from "../../../src/orders/price-orders.ts";
import type { Paying } from "../../support/paying.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

const discount = { kind: "discount", name: "Half price", amountMinor: -500 } as const;
const tax = { kind: "tax", name: "VAT", amountMinor: 100 } as const;
const post = { kind: "shipping", name: "Post", amountMinor: 400 } as const;

/** A paid order of two pieces at 5.00. */
async function sold(...adjustments: Adjustment[]): Promise<Paying> {
  const order = await desk.payable({ adjustments });
  const { total_minor: amountMinor } = await desk.orderOf(order);
  await desk.apply(order, { status: "captured", amountMinor, capturedMinor: amountMinor });
  return order;
}

const one = (order: Paying) => ({ lines: [{ sku: order.sku, quantity: 1 }] });

describe("a piece of a discounted order", () => {
  test("that comes back gives what was paid for it, and so does the other", async () => {
    const order = await sold(discount);
    await shipping.ship(order);
    expect(await shipping.takeBack(order, 1)).toBe("done");
    expect(await desk.amountsOf(order)).toEqual([250]);
    await shipping.takeBack(order, 1);
    expect(await desk.amountsOf(order)).toEqual([250, 250]);
  });

  test("that is cancelled leaves the money of the other, which ships", async () => {
    const order = await sold(discount);
    expect(await shipping.cancel(order, 1, "full")).toBe("cancelled");
    expect(await desk.amountsOf(order)).toEqual([250]);
    expect(await shipping.ship(order)).toBe("done");
    expect((await desk.orderOf(order)).status).toBe("completed");
  });

  test("of which little is paid leaves money for the last one, which ships", async () => {
    const order = await sold({ ...discount, amountMinor: -969 });
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([15]);
    expect(await shipping.ship(order)).toBe("done");
    await shipping.takeBack(order, 1);
    expect(await desk.amountsOf(order)).toEqual([15, 16]);
  });

  test("is refunded by its name for the same", async () => {
    const order = await sold(discount);
    await desk.ask(order, one(order));
    await shipping.ship(order);
    await shipping.takeBack(order, 2);
    expect(await desk.amountsOf(order)).toEqual([250, 250]);
  });
});

describe("taxes and shipping", () => {
  test("taxes go back with the goods, shipping stays", async () => {
    const order = await sold(tax, post);
    await shipping.ship(order, 1);
    await shipping.cancel(order, 1, "full");
    await shipping.takeBack(order, 1);
    expect(await desk.amountsOf(order)).toEqual([550, 550]);
    await desk.refund(order);
    expect((await desk.amountsOf(order)).at(-1)).toBe(400);
  });

  test("shipping that was paid does not go back with a part, and with all of it does", async () => {
    const order = await sold(discount, tax, post);
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([300]);
    await shipping.cancel(order, 1, "full");
    expect(await desk.amountsOf(order)).toEqual([300, 700]);
  });

  test("what went back as an amount is not there any more for the goods", async () => {
    const order = await sold(discount);
    await desk.refund(order, 400);
    await shipping.ship(order);
    await shipping.takeBack(order, 1);
    expect(await desk.amountsOf(order)).toEqual([400, 100]);
  });
});
