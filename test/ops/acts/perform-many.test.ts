import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { mostOrders, performMany } from "../../../src/ops/acts/perform-many.ts";
import { ordersAt } from "../../orders/operators/orders-in.ts";
import { ann, everything, useActDesk } from "./desk.ts";

const { desk, means } = useActDesk();
const { orderAt } = ordersAt(desk);

const wish = { act: "extend_hold", input: { minutes: 5 }, reason: "a campaign" } as const;

async function some() {
  const [first, second] = [await orderAt("awaiting payment"), await orderAt("awaiting payment")];
  const [paid, stale] = [await orderAt("paid"), await orderAt("awaiting payment")];
  const { version } = await desk.orderOf(first);
  const now = async (order: typeof first) => (await desk.orderOf(order)).version;
  const orders = [
    { id: first.orderId, version },
    { id: second.orderId, version: await now(second) },
    { id: paid.orderId, version: await now(paid) },
    { id: stale.orderId, version: 1 },
    { id: randomUUID(), version: 1 },
  ];
  return { orders, first };
}

test("a group is acted on order by order: what is refused for one stops no other", async () => {
  const { orders } = await some();
  const before = await everything(desk.db);
  const request = { ...wish, orders, idempotencyKey: randomUUID() };
  const dry = await performMany(means, ann, { ...request, dryRun: true });
  const planned = ["possible", "possible", "refused", "changed", "refused"];
  expect(dry.map(({ result }) => result)).toEqual(planned);
  expect(await everything(desk.db)).toEqual(before);

  const rows = await performMany(means, ann, { ...request, dryRun: false });
  expect(rows.map(({ orderId }) => orderId)).toEqual(orders.map(({ id }) => id));
  expect(rows.map(({ code }) => code)).toEqual([
    ...[null, null, "not_awaiting_payment", "order_changed", "order_not_found"],
  ]);
  expect(rows[3]?.order).toMatchObject({ status: "awaiting_payment" });
  expect(rows.every(({ sentence }) => sentence.endsWith("."))).toBe(true);
});

test("the same bulk twice acts once on each order", async () => {
  const { orders, first } = await some();
  const request = { ...wish, orders: orders.slice(0, 2), idempotencyKey: randomUUID() };
  await performMany(means, ann, { ...request, dryRun: false });
  const { version } = await desk.orderOf(first);
  const again = await performMany(means, ann, { ...request, dryRun: false });
  expect(again.map(({ result }) => result)).toEqual(["done", "done"]);
  expect((await desk.orderOf(first)).version).toBe(version);
});

test("an order that is named twice is acted on once", async () => {
  const { orders, first } = await some();
  const twice = [...orders.slice(0, 1), ...orders.slice(0, 1)].map(({ id, version }, nr) => ({
    ...{ id: nr === 0 ? id : id.toUpperCase(), version },
  }));
  const request = { ...wish, orders: twice, idempotencyKey: randomUUID(), dryRun: false };
  const rows = await performMany(means, ann, request);
  expect(rows.map(({ orderId, result }) => [orderId, result])).toEqual([[first.orderId, "done"]]);
});

test("has a bound, and faults that are the same for all are told once", async () => {
  const many = Array.from({ length: mostOrders + 1 }, () => ({ id: randomUUID(), version: 1 }));
  const key = { idempotencyKey: randomUUID(), dryRun: false };
  for (const request of [
    { ...wish, ...key, orders: many },
    { ...wish, ...key, orders: [] },
    { ...wish, ...key, orders: many.slice(0, 2), reason: "" },
    { ...wish, ...key, orders: many.slice(0, 2), input: {} },
  ]) {
    await expect(performMany(means, ann, request)).rejects.toMatchObject({ code: "invalid_act" });
  }
});
