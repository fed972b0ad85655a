import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { payByForce } from "../../src/orders/operators/pay-by-force.ts";
import { settleOrder } from "../../src/orders/operators/settle-order.ts";
import { remark } from "../../src/orders/remark.ts";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, move, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();

beforeAll(async () => {
  await addProduct(api, "85123A", { priceMinor: 255, stock: 1_000 });
  await addProduct(api, "RARE", { priceMinor: 9_900, stock: 1 });
});

describe("reading an order", () => {
  test("tells what was short when it was rejected", async () => {
    const { body } = await placeOrder(api, "rare", 5);
    await reserve(api, body.id);
    const read = await api.ask(`/v1/orders/${body.id}`, { as: body.orderToken });
    expect(read.body).toMatchObject({
      status: "rejected",
      shortages: [{ sku: "RARE", requested: 5, available: 1 }],
    });
  });

  test("shows its history without the names of keys to the guest", async () => {
    const { body } = await placeOrder(api, "85123A");
    await reserve(api, body.id);
    const path = `/v1/orders/${body.id}/events`;
    const asGuest = await api.ask(path, { as: body.orderToken });
    expect(asGuest.body.data.slice(0, 3)).toMatchObject([
      { seq: 1, type: "order.placed", from: null, status: "draft", actor: "shop" },
      { seq: 2, type: "order.checked_out", from: "draft", status: "reserving", actor: "shop" },
      { seq: 3, type: "order.stock_reserved", status: "awaiting_payment", actor: "reservation" },
    ]);
    const asShop = await api.ask(path, { as: api.secretKey });
    expect(asShop.body.data[0].actor).toBe(`key:${api.publishableKey.slice(0, 9)}`);
  });

  test("keeps from the guest what the bank said of the card", async () => {
    const { body } = await placeOrder(api, "85123A");
    await reserve(api, body.id);
    const detail = { code: "card_declined", declineCode: "stolen_card" };
    await inTransaction(api.db, (trx) =>
      remark(trx, [{ orderId: body.id, event: "payment_declined", detail }], "status"),
    );
    const path = `/v1/orders/${body.id}/events`;
    const asGuest = (await api.ask(path, { as: body.orderToken })).body.data.at(-1);
    expect(asGuest).toMatchObject({ type: "order.payment_declined", data: {} });
    const asShop = (await api.ask(path, { as: api.secretKey })).body.data.at(-1);
    expect(asShop).toMatchObject({ type: "order.payment_declined", data: detail });
  });

  test("keeps from the guest which operator acted, and what was settled", async () => {
    const { body } = await placeOrder(api, "85123A");
    await reserve(api, body.id);
    const order = { orderId: body.id, actor: "ops:ann" };
    const detail = { act: "settle", actId: randomUUID() };
    await inTransaction(api.db, async (trx) => {
      await settleOrder(trx, order);
      await remark(trx, [{ orderId: body.id, event: "operator_acted", detail }], "cli:ann");
      await payByForce(trx, api.settings, { ...order, reference: "till 7", note: null });
    });
    const path = `/v1/orders/${body.id}/events`;
    const asGuest = (await api.ask(path, { as: body.orderToken })).body.data.slice(3);
    expect(asGuest).toMatchObject([
      { seq: 6, type: "order.paid_by_force", status: "paid", actor: "operator", data: {} },
    ]);
    const asShop = (await api.ask(path, { as: api.secretKey })).body.data.slice(3);
    expect(asShop).toMatchObject([
      { type: "order.settled", actor: "ops:ann" },
      { type: "order.operator_acted", actor: "cli:ann", data: detail },
      { type: "order.paid_by_force", actor: "ops:ann", data: { paymentId: expect.any(String) } },
    ]);
    expect(JSON.stringify(asShop)).not.toContain("till 7");
    const read = (await api.ask(`/v1/orders/${body.id}`, { as: body.orderToken })).body;
    expect(read).toMatchObject({ status: "paid", paymentStatus: "paid" });
  });

  test("tells the guest in its history what was short, as the catalogue writes it", async () => {
    const { body } = await placeOrder(api, "rare", 7);
    await reserve(api, body.id);
    const { data } = (await api.ask(`/v1/orders/${body.id}/events`, { as: body.orderToken })).body;
    expect(data.at(-1)).toMatchObject({
      type: "order.stock_refused",
      data: { shortages: [{ sku: "RARE", requested: 7, available: 1 }] },
    });
  });

  test("is over for the guest when it has expired, but for its history", async () => {
    const { body } = await placeOrder(api, "85123A");
    await move(api, "draft_expired", body.id);
    const path = `/v1/orders/${body.id}`;
    const guest = { as: body.orderToken };
    expect(await api.ask(path, guest)).toMatchObject({
      status: 410,
      body: { type: "/problems/order_expired" },
    });
    expect((await api.ask(`${path}/cancel`, { ...guest, method: "POST" })).status).toBe(410);
    expect((await api.ask(`${path}/events`, guest)).body.data.at(-1).status).toBe("expired");
    expect((await api.ask(path, { as: api.secretKey })).body.status).toBe("expired");
  });

  test("is over for the guest's replay too, not for the shop's", async () => {
    const key = randomUUID();
    const json = { contact: buyer, lines: [{ sku: "85123A", quantity: 1 }] };
    const { body } = await api.ask("/v1/orders", { as: api.publishableKey, json, key });
    await move(api, "draft_expired", body.id);
    expect(await api.ask("/v1/orders", { as: api.publishableKey, json, key })).toMatchObject({
      status: 410,
      body: { type: "/problems/order_expired" },
    });
    expect(await api.ask("/v1/orders", { as: api.secretKey, json, key })).toMatchObject({
      status: 202,
      body: { id: body.id, status: "expired" },
    });
  });
});
