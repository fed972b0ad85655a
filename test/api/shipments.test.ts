import { beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { type BoughtOrder, paidOrder, reservedOrder, seeDisputes } from "../support/api-money.ts";
import { seenDispute } from "../support/money-back.ts";
import { addProduct } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 1_000 }));

const tracked = {
  carrier: "Royal Mail",
  trackingNumber: "RM123456789GB",
  trackingUrl: "https://track.example/RM123456789GB",
};
const mug = (quantity: number) => ({ sku: "mug", quantity });

const ship = (order: BoughtOrder, json: object = tracked, as = api.secretKey) =>
  api.ask(`/v1/orders/${order.id}/shipments`, { as, json });
const takeBack = (order: BoughtOrder, json: object) =>
  api.ask(`/v1/orders/${order.id}/returns`, { as: api.secretKey, json });
const cancel = (order: BoughtOrder, json: object, as = api.secretKey) =>
  api.ask(`/v1/orders/${order.id}/cancel`, { as, json });
const seen = async (order: BoughtOrder, as = api.secretKey) =>
  (await api.ask(`/v1/orders/${order.id}`, { as })).body;

describe("POST /v1/orders/{id}/shipments", () => {
  test("ships some, then the rest, and shows both to the shop and to the customer", async () => {
    const order = await paidOrder(api, "MUG", 3);
    expect(await seen(order)).toMatchObject({ fulfilmentStatus: "unfulfilled", shipments: [] });
    expect(await ship(order, { ...tracked, lines: [mug(1)] })).toMatchObject({
      status: 201,
      body: { ...tracked, lines: [{ sku: "MUG", quantity: 1 }] },
    });
    expect(await seen(order)).toMatchObject({
      ...{ status: "fulfilling", fulfilmentStatus: "partially_fulfilled" },
      lines: [{ shippedQuantity: 1, cancelledQuantity: 0, returnedQuantity: 0 }],
    });
    expect((await ship(order, { carrier: "Van" })).body).toMatchObject({
      ...{ carrier: "Van", trackingNumber: null, trackingUrl: null },
      lines: [{ sku: "MUG", quantity: 2 }],
    });
    expect(await seen(order, order.orderToken)).toMatchObject({
      ...{ status: "completed", fulfilmentStatus: "fulfilled", paymentStatus: "paid" },
      shipments: [{ ...tracked }, { carrier: "Van" }],
      lines: [{ shippedQuantity: 3 }],
    });
  });

  test("tells its customer in the history what is on its way, and with whom", async () => {
    const order = await paidOrder(api, "MUG", 2);
    await ship(order);
    const { body } = await api.ask(`/v1/orders/${order.id}/events`, { as: order.orderToken });
    expect(body.data.slice(-2)).toMatchObject([
      {
        ...{ type: "order.shipped", status: "fulfilling", actor: "shop" },
        data: { ...tracked, lines: [{ sku: "MUG", quantity: 2 }], left: 0 },
      },
      { type: "order.completed", status: "completed", data: {} },
    ]);
  });

  test("answers a repeated request with the same shipment", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const key = crypto.randomUUID();
    const send = () =>
      api.ask(`/v1/orders/${order.id}/shipments`, {
        ...{ as: api.secretKey, key },
        json: { carrier: "Van", lines: [mug(1)] },
      });
    const [first, again] = [await send(), await send()];
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect((await seen(order)).shipments).toHaveLength(1);
  });

  test("names the line and how many of it are left", async () => {
    const order = await paidOrder(api, "MUG", 2);
    expect(await ship(order, { carrier: "Van", lines: [mug(3)] })).toMatchObject({
      status: 422,
      body: {
        type: "/problems/quantity_too_large",
        errors: [
          {
            field: "lines[0].quantity",
            message: 'Only 2 of "mug" can still be shipped, not 3.',
          },
        ],
      },
    });
  });

  test.each([
    ["no carrier", {}, "carrier"],
    ["a blank carrier", { carrier: " " }, "carrier"],
    [
      "an address that is none",
      { carrier: "Van", trackingUrl: "javascript:alert(1)" },
      "trackingUrl",
    ],
    [
      "an address without https",
      { carrier: "Van", trackingUrl: "http://a.example" },
      "trackingUrl",
    ],
    ["no lines", { carrier: "Van", lines: [] }, "lines"],
    ["half a mug", { carrier: "Van", lines: [mug(0.5)] }, "lines[0].quantity"],
  ])("refuses %s", async (_what, json, field) => {
    const order = await paidOrder(api, "MUG");
    const { status, body } = await ship(order, json);
    expect([status, body.errors?.[0]?.field]).toEqual([422, field]);
  });

  test("is the shop's alone, and for what is paid and undisputed", async () => {
    const unpaid = await reservedOrder(api, "MUG");
    expect((await ship(unpaid)).body.type).toBe("/problems/order_not_paid");
    const order = await paidOrder(api, "MUG");
    expect((await ship(order, tracked, order.orderToken)).status).toBe(403);
    expect((await ship(order, tracked, api.publishableKey)).status).toBe(403);
    await seeDisputes(api, order, seenDispute({ amountMinor: 250 }));
    expect((await ship(order)).body.type).toBe("/problems/dispute_open");
  });
});

describe("POST /v1/orders/{id}/returns", () => {
  test("takes goods back, for sale again or not, with their price or without", async () => {
    const order = await paidOrder(api, "MUG", 3);
    await ship(order);
    const back = { lines: [{ ...mug(1), restock: true }], refund: "full", note: "unopened" };
    const first = await takeBack(order, back);
    expect(first).toMatchObject({
      status: 201,
      body: { ...{ note: "unopened", refundId: expect.any(String) }, lines: [{ sku: "MUG" }] },
    });
    const { body } = await api.ask(`/v1/orders/${order.id}/refunds`, { as: api.secretKey });
    expect(body.data).toMatchObject([
      { id: first.body.refundId, amountMinor: 250, reason: "returned", lines: [{ quantity: 1 }] },
    ]);
    expect((await seen(order)).fulfilmentStatus).toBe("partially_returned");
    const rest = { lines: [{ ...mug(2), restock: false }], refund: "none" };
    expect((await takeBack(order, rest)).body).toMatchObject({ refundId: null, note: null });
    expect(await seen(order)).toMatchObject({
      ...{ status: "completed", fulfilmentStatus: "returned" },
      lines: [{ shippedQuantity: 3, returnedQuantity: 3 }],
    });
    const toGuest = (await seen(order, order.orderToken)).returns;
    expect(toGuest).toHaveLength(2);
    expect(toGuest[0]).not.toHaveProperty("note");
  });

  test("takes back no more than was shipped", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const back = { lines: [{ ...mug(2), restock: true }], refund: "none" };
    expect((await takeBack(order, back)).body.type).toBe("/problems/nothing_shipped");
    await ship(order, { carrier: "Van", lines: [mug(1)] });
    expect((await takeBack(order, back)).body.errors).toEqual([
      { field: "lines[0].quantity", message: 'Only 1 of "mug" can still be returned, not 2.' },
    ]);
  });
});

describe("POST /v1/orders/{id}/cancel", () => {
  test("with lines cancels these, with their price, and the order goes on", async () => {
    const order = await paidOrder(api, "MUG", 3);
    expect(await cancel(order, { lines: [mug(1)], refund: "full" })).toMatchObject({
      status: 200,
      body: { status: "paid", lines: [{ quantity: 3, cancelledQuantity: 1 }] },
    });
    await ship(order);
    expect(await seen(order)).toMatchObject({
      ...{ status: "completed", fulfilmentStatus: "fulfilled" },
      lines: [{ shippedQuantity: 2, cancelledQuantity: 1 }],
    });
    expect((await cancel(order, { refund: "full" })).body.type).toBe("/problems/nothing_to_ship");
  });

  test("cancels the rest of an order that ships, and completes it", async () => {
    const order = await paidOrder(api, "MUG", 3);
    await ship(order, { carrier: "Van", lines: [mug(1)] });
    expect(await cancel(order, { refund: "full" })).toMatchObject({
      status: 200,
      body: { status: "completed", lines: [{ shippedQuantity: 1, cancelledQuantity: 2 }] },
    });
  });

  test("cancels lines for nobody but the shop", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const answer = await cancel(order, { lines: [mug(1)], refund: "full" }, order.orderToken);
    expect(answer).toMatchObject({ status: 403, body: { errors: [{ field: "lines" }] } });
  });
});
