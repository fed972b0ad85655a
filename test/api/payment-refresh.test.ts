import { expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();

test("an order that nobody can pay yet is answered at once", async () => {
  await addProduct(api, "MUG", { stock: 5 });
  const { body } = await placeOrder(api, "MUG");
  const path = `/v1/orders/${body.id}/payment/refresh`;
  const answer = await api.ask(path, { method: "POST", as: body.orderToken });
  expect([answer.status, answer.body.status]).toEqual([200, "reserving"]);
});

test("a payment that Stripe has not been asked for is made due, and answered as such", async () => {
  const { body } = await placeOrder(api, "MUG");
  await reserve(api, body.id);
  await api.db
    .updateTable("payments")
    .set({ due_at: new Date(Date.now() + 3_600_000) })
    .where("order_id", "=", body.id)
    .execute();
  const path = `/v1/orders/${body.id}/payment/refresh`;
  const answer = await api.ask(path, { method: "POST", as: body.orderToken });
  expect([answer.status, answer.body.status]).toEqual([202, "awaiting_payment"]);
  const { due_at: dueAt } = await api.db
    .selectFrom("payments")
    .select("due_at")
    .where("order_id", "=", body.id)
    .executeTakeFirstOrThrow();
  expect(dueAt?.getTime()).toBeLessThan(Date.now() + 10_000);
});
