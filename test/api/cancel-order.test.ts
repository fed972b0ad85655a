import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, move, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 100 }));

async function cancel(orderId: string, as: string, key: string = randomUUID()) {
  return api.ask(`/v1/orders/${orderId}/cancel`, { method: "POST", as, key });
}

test("cancels at once while nobody can pay, and gives the stock back", async () => {
  const { body } = await placeOrder(api, "MUG", 10);
  await reserve(api, body.id);
  const held = await api.ask("/v1/stock/MUG", { as: api.secretKey });
  expect(held.body).toMatchObject({ onHand: 100, reserved: 10, available: 90 });

  const key = randomUUID();
  const answer = await cancel(body.id, body.orderToken, key);
  expect(answer).toMatchObject({ status: 200, body: { status: "cancelled", closing: null } });
  const after = await api.ask("/v1/stock/MUG", { as: api.secretKey });
  expect(after.body).toMatchObject({ reserved: 0, available: 100 });

  const replay = await cancel(body.id, body.orderToken, key);
  expect(replay).toMatchObject({ status: 200, body: { status: "cancelled" } });
  expect(replay.headers.get("idempotent-replayed")).toBe("true");
  expect((await cancel(body.id, api.secretKey)).status).toBe(200);
});

test("waits for Stripe where a client secret was handed out", async () => {
  const { body } = await placeOrder(api, "MUG");
  await reserve(api, body.id);
  await api.db
    .updateTable("payments")
    .set({
      status: "pending",
      asked_at: new Date(),
      intent_id: `pi_${randomUUID()}`,
      client_secret: "pi_secret",
      secret_stored_at: new Date(),
    })
    .where("order_id", "=", body.id)
    .execute();
  const payable = await api.ask(`/v1/orders/${body.id}`, { as: body.orderToken });
  expect(payable.body.payment).toEqual({ status: "pending", clientSecret: "pi_secret" });

  const answer = await cancel(body.id, body.orderToken);
  expect(answer).toMatchObject({
    status: 202,
    body: { status: "awaiting_payment", closing: "cancelled", payment: { status: "pending" } },
  });
  expect(answer.body.payment).not.toHaveProperty("clientSecret");
});

test("says what to do when the order is paid", async () => {
  const { body } = await placeOrder(api, "MUG");
  await reserve(api, body.id);
  await move(api, "payment_captured", body.id);
  expect(await cancel(body.id, body.orderToken)).toMatchObject({
    status: 409,
    body: { type: "/problems/order_is_paid", detail: expect.stringContaining("refund") },
  });
});

test("needs an Idempotency-Key, and one of its own", async () => {
  const [one, other] = [await placeOrder(api, "MUG"), await placeOrder(api, "MUG")];
  const key = randomUUID();
  const missing = await api.ask(`/v1/orders/${one.body.id}/cancel`, {
    method: "POST",
    as: api.secretKey,
    key: "short",
  });
  expect(missing).toMatchObject({ status: 400, body: { errors: [{ field: "Idempotency-Key" }] } });
  expect((await cancel(one.body.id, api.secretKey, key)).status).toBe(200);
  expect(await cancel(other.body.id, api.secretKey, key)).toMatchObject({
    status: 422,
    body: { type: "/problems/idempotency_key_reused" },
  });
});
