import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { inTransaction } from "../../../src/db/transaction.ts";
import { shipOrders } from "../../../src/orders/fulfilment/ship-orders.ts";
import { useRefundDesk } from "../../support/refunding.ts";
import { shippingAt } from "../../support/shipping.ts";
import { openShop, stockOf, stockProduct } from "../../support/shop.ts";

const desk = useRefundDesk();
const shipping = shippingAt(desk);

describe("a paid order", () => {
  test("ships in one parcel and is completed, from what it holds itself", async () => {
    const order = await desk.sold();
    expect(await shipping.ship(order)).toBe("done");
    expect((await desk.orderOf(order)).status).toBe("completed");
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 1, reserved: 0 });
    expect(await shipping.holdsOf(order)).toEqual({ consumed: 2 });
    expect(await shipping.movementsOf(order)).toEqual(["reserve 0 2", "ship -2 -2"]);
    expect((await desk.historyOf(order)).slice(-2)).toMatchObject([
      {
        event: "shipped",
        detail: {
          ...{ carrier: "Royal Mail", trackingNumber: "RM1", trackingUrl: null, left: 0 },
          lines: [{ sku: order.sku, quantity: 2 }],
        },
      },
      { event: "completed" },
    ]);
  });

  test("ships in parts, and completes with the last", async () => {
    const order = await desk.sold();
    expect(await shipping.ship(order, 1)).toBe("done");
    expect((await desk.orderOf(order)).status).toBe("fulfilling");
    expect(await shipping.holdsOf(order)).toEqual({ sold: 1, consumed: 1 });
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 2, reserved: 1 });
    expect(await shipping.ship(order)).toBe("done");
    expect((await desk.orderOf(order)).status).toBe("completed");
    expect(await shipping.holdsOf(order)).toEqual({ consumed: 2 });
    expect(await stockOf(desk.db, order.sku)).toEqual({ on_hand: 1, reserved: 0 });
  });

  test("tells its customer of each parcel, by mail and by SMS", async () => {
    const order = await desk.sold();
    await shipping.ship(order, 1);
    await shipping.ship(order);
    expect(
      (await desk.messagesOf(order)).filter((each) => each.startsWith("order_shipped")),
    ).toEqual([
      "order_shipped/email",
      "order_shipped/email",
      "order_shipped/sms",
      "order_shipped/sms",
    ]);
  });

  test("forgets its customer so long after the last change", async () => {
    const order = await desk.sold();
    const eraseAt = () =>
      desk.db
        .selectFrom("order_contacts")
        .select("erase_at")
        .where("order_id", "=", order.orderId)
        .executeTakeFirstOrThrow();
    const before = await eraseAt();
    await shipping.ship(order, 1);
    const after = await eraseAt();
    expect(after.erase_at?.getTime()).toBeGreaterThan(before.erase_at?.getTime() ?? 0);
    await shipping.ship(order);
    await shipping.takeBack(order, 1);
    expect((await eraseAt()).erase_at?.getTime()).toBeGreaterThan(after.erase_at?.getTime() ?? 0);
  });
});

describe("a shipment", () => {
  test("is made once per key, and another request under it is a mistake", async () => {
    const order = await desk.sold();
    const idempotencyKey = randomUUID();
    expect(await shipping.ship(order, 1, { idempotencyKey })).toBe("done");
    expect(await shipping.ship(order, 1, { idempotencyKey })).toBe("replayed");
    expect(await shipping.ship(order, 2, { idempotencyKey })).toBe("idempotency_key_reused");
    expect(await shipping.holdsOf(order)).toEqual({ sold: 1, consumed: 1 });
  });

  test("takes no more than is left, and names the line and how many there are", async () => {
    const order = await desk.sold();
    await shipping.ship(order, 1);
    const wish = shipping.shipWish(order, null, {
      lines: [
        { sku: order.sku.toUpperCase(), quantity: 1 },
        { sku: order.sku, quantity: 1 },
        { sku: "nothing-like-it", quantity: 1 },
      ],
    });
    const { results } = await inTransaction(desk.db, (trx) =>
      shipOrders(trx, desk.settings, [wish]),
    );
    expect(results).toMatchObject([
      {
        outcome: "refused",
        error: {
          code: "quantity_too_large",
          faults: [
            {
              field: "lines[1].quantity",
              message: `Only 0 of "${order.sku}" can still be shipped, not 1.`,
            },
            { field: "lines[2].sku", message: 'The order has no "nothing-like-it".' },
          ],
        },
      },
    ]);
    expect(await shipping.holdsOf(order)).toEqual({ sold: 1, consumed: 1 });
  });

  test("gives its key back where it is refused", async () => {
    const order = await desk.sold();
    const idempotencyKey = randomUUID();
    expect(await shipping.ship(order, 3, { idempotencyKey })).toBe("quantity_too_large");
    expect(await shipping.ship(order, 2, { idempotencyKey })).toBe("done");
  });

  test("of several orders in one batch sees the one before", async () => {
    const [one, other] = [await desk.sold(), await desk.sold()];
    const wishes = [
      shipping.shipWish(one, 1),
      shipping.shipWish(other, 2),
      shipping.shipWish(one, 1),
      shipping.shipWish(one, 1),
    ];
    const { results } = await inTransaction(desk.db, (trx) =>
      shipOrders(trx, desk.settings, wishes),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "refused"]);
    expect((await desk.orderOf(one)).status).toBe("completed");
  });

  test("finds no order of another shop", async () => {
    const order = await desk.sold();
    const { id: shopId } = await openShop(desk.db);
    expect(await shipping.ship(order, 1, { shopId })).toBe("order_not_found");
    expect(await shipping.holdsOf(order)).toEqual({ sold: 2 });
  });

  test.each(["awaiting", "expired"])("takes nothing of an order that is %s", async (which) => {
    const order = await desk.payable();
    if (which === "expired") {
      await desk.db
        .updateTable("orders")
        .set({ closing: "expired" })
        .where("id", "=", order.orderId)
        .execute();
      await desk.apply(order, { status: "cancelled" });
    }
    expect(await shipping.ship(order)).toBe("order_not_paid");
  });
});

test("an order of many lines ships each of them once, however it is parted", async () => {
  const [tea, cup] = [randomUUID(), randomUUID()];
  for (const sku of [tea, cup]) await stockProduct(desk.db, sku, 10, 250);
  const order = await desk.sold({
    lines: [
      { sku: tea, quantity: 1 },
      { sku: cup, quantity: 1 },
      { sku: tea, quantity: 2 },
    ],
  });
  const lines = [
    { sku: tea, quantity: 2 },
    { sku: cup, quantity: 1 },
  ];
  expect(await shipping.ship(order, null, { lines })).toBe("done");
  expect(await stockOf(desk.db, tea)).toEqual({ on_hand: 8, reserved: 1 });
  expect(await stockOf(desk.db, cup)).toEqual({ on_hand: 9, reserved: 0 });
  expect(await shipping.ship(order)).toBe("done");
  expect(await stockOf(desk.db, tea)).toEqual({ on_hand: 7, reserved: 0 });
});
