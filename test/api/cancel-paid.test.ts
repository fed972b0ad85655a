import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { payByForce } from "../../src/orders/operators/pay-by-force.ts";
import { useApi } from "../support/api.ts";
import { type BoughtOrder, paidOrder, seeDisputes } from "../support/api-money.ts";
import { seenDispute } from "../support/money-back.ts";
import { addProduct, placeOrder } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 1_000, priceMinor: 500 }));

function cancel({ id }: BoughtOrder, as: string, json?: object, key: string = randomUUID()) {
  return api.ask(`/v1/orders/${id}/cancel`, { method: "POST", as, key, json });
}

async function reserved(): Promise<number> {
  return (await api.ask("/v1/stock/MUG", { as: api.secretKey })).body.reserved;
}

describe("cancelling a paid order over HTTP", () => {
  test("gives goods and money back, and says so; the same key again is the same", async () => {
    const before = await reserved();
    const order = await paidOrder(api, "MUG", 2);
    const key = randomUUID();
    const answer = await cancel(order, order.orderToken, { refund: "full" }, key);
    // The money is on its way, but has not moved yet.
    expect(answer).toMatchObject({
      status: 200,
      body: { status: "cancelled", closing: null, paymentStatus: "paid", refundedMinor: 0 },
    });
    expect(await reserved()).toBe(before);

    const replay = await cancel(order, order.orderToken, { refund: "full" }, key);
    expect(replay).toMatchObject({ status: 200, body: { status: "cancelled" } });
    expect(replay.headers.get("idempotent-replayed")).toBe("true");
    expect(await cancel(order, order.orderToken, { refund: "none" }, key)).toMatchObject({
      status: 422,
      body: { type: "/problems/idempotency_key_reused" },
    });
    const { body } = await api.ask(`/v1/orders/${order.id}/refunds`, { as: api.secretKey });
    expect(body.data).toMatchObject([{ amountMinor: 1_000, reason: "order_cancelled" }]);
  });

  test.each([
    [undefined, 409, "order_is_paid"],
    [{}, 409, "order_is_paid"],
    [{ refund: "none" }, 422, "refund_is_due"],
    [{ refund: "half" }, 422, "invalid_body"],
  ])("with %j is refused to its customer", async (json, status, name) => {
    const order = await paidOrder(api, "MUG");
    expect(await cancel(order, order.orderToken, json)).toMatchObject({
      status,
      body: { type: `/problems/${name}`, errors: [{ field: "refund" }] },
    });
  });

  test("that was paid elsewhere is the shop's to do, without a refund", async () => {
    const { body: order } = await placeOrder(api, "MUG");
    const forced = { orderId: order.id, reference: "till 7", note: null, actor: "ops:ann" };
    await inTransaction(api.db, (trx) => payByForce(trx, api.settings, forced));
    expect(await cancel(order, order.orderToken, { refund: "full" })).toMatchObject({
      status: 409,
      body: { type: "/problems/order_is_paid", detail: expect.not.stringContaining("till") },
    });
    expect(await cancel(order, api.secretKey, { refund: "full" })).toMatchObject({
      status: 409,
      body: { type: "/problems/paid_elsewhere", errors: [{ field: "refund" }] },
    });
    const refund = { reason: "requested_by_customer" };
    const path = `/v1/orders/${order.id}/refunds`;
    expect(await api.ask(path, { as: api.secretKey, json: refund })).toMatchObject({
      status: 409,
      body: { type: "/problems/paid_elsewhere", detail: expect.stringContaining("till 7") },
    });
    expect(await cancel(order, api.secretKey, { refund: "none" })).toMatchObject({
      ...{ status: 200, body: { status: "cancelled" } },
    });
  });

  test("tells its customer nothing of a dispute, and the shop what it is", async () => {
    const order = await paidOrder(api, "MUG");
    await seeDisputes(api, order, seenDispute({ amountMinor: order.totalMinor }));
    const { status, body } = await cancel(order, order.orderToken, { refund: "full" });
    expect([status, body.type]).toEqual([409, "/problems/order_is_paid"]);
    expect(JSON.stringify(body)).not.toMatch(/bank|dispute/);
    expect(await cancel(order, api.secretKey, { refund: "full" })).toMatchObject({
      body: { type: "/problems/dispute_open" },
    });
  });

  test("is its customer's for a while only, and the shop's after that", async () => {
    const order = await paidOrder(api, "MUG");
    const seconds = api.settings.SELF_CANCEL_MINUTES * 60 + 1;
    await sql`UPDATE payments SET captured_at = now() - make_interval(secs => ${seconds})
      WHERE order_id = ${order.id}`.execute(api.db);
    expect(await cancel(order, order.orderToken, { refund: "full" })).toMatchObject({
      status: 409,
      body: { type: "/problems/order_is_paid", detail: expect.stringContaining("Ask the shop") },
    });
    expect((await cancel(order, api.secretKey, { refund: "none" })).status).toBe(200);
  });
});
