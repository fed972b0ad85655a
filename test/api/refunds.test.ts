import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, useApi } from "../support/api.ts";
import {
  type BoughtOrder,
  paidOrder,
  reservedOrder,
  seeDisputes,
  seeRefunds,
} from "../support/api-money.ts";
import { seenDispute, seenRefund } from "../support/money-back.ts";
import { addProduct } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG", { stock: 1_000, priceMinor: 500 }));

const refundPath = ({ id }: BoughtOrder) => `/v1/orders/${id}/refunds`;

function ask(order: BoughtOrder, json: object, key: string = randomUUID()): Promise<Answer> {
  return api.ask(refundPath(order), {
    as: api.secretKey,
    json: { reason: "damaged", ...json },
    key,
  });
}

async function listed(order: BoughtOrder): Promise<Answer["body"]> {
  return (await api.ask(refundPath(order), { as: api.secretKey })).body.data;
}

async function orderOf({ id }: BoughtOrder, as = api.secretKey): Promise<Answer["body"]> {
  return (await api.ask(`/v1/orders/${id}`, { as })).body;
}

describe("a refund over HTTP", () => {
  test("answers 202 with what is on record, and stands in the list", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const lines = [{ sku: "mug", quantity: 1 }];
    const answer = await ask(order, { lines, note: "Chipped rim" });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("idempotent-replayed")).toBeNull();
    expect(answer.body).toEqual({
      ...{ id: expect.any(String), orderId: order.id, status: "requested", amountMinor: 500 },
      ...{ currency: "gbp", reason: "damaged", note: "Chipped rim", failure: null },
      ...{ lines: [{ sku: "MUG", quantity: 1 }], createdAt: expect.any(String), settledAt: null },
    });
    expect(await listed(order)).toEqual([answer.body]);
    // Nothing has moved yet.
    expect(await orderOf(order)).toMatchObject({ paymentStatus: "paid", refundedMinor: 0 });
  });

  test("with the same key and body fifty times at once is one refund", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask(order, { amountMinor: 100 }, key)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const fresh = answers.filter(({ headers }) => !headers.get("idempotent-replayed"));
    expect(fresh).toHaveLength(1);
    expect(await listed(order)).toHaveLength(1);
  });

  test("with the same key and another body is 422; with another key it is another", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const key = randomUUID();
    await ask(order, { amountMinor: 100 }, key);
    expect(await ask(order, { amountMinor: 200 }, key)).toMatchObject({
      status: 422,
      body: { type: "/problems/idempotency_key_reused" },
    });
    expect((await ask(order, { amountMinor: 100 })).status).toBe(202);
    expect(await listed(order)).toHaveLength(2);
  });

  test("refused twice at once is refused twice, and the key may be used again", async () => {
    const order = await paidOrder(api, "MUG");
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => ask(order, { amountMinor: 501 }, key)));
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 422,
        body: { type: "/problems/refund_too_large", errors: [{ field: "amountMinor" }] },
      });
    }
    expect((await ask(order, { amountMinor: 500 }, key)).status).toBe(202);
  });

  test.each([
    [{ amountMinor: 0 }, "amountMinor"],
    [{ amountMinor: 1.5 }, "amountMinor"],
    [{ lines: [] }, "lines"],
    [{ lines: [{ sku: "MUG", quantity: 0 }] }, "lines[0].quantity"],
    [{ reason: "because" }, "reason"],
    [{ note: "x".repeat(501) }, "note"],
    [{ amount: 5 }, "amount"],
  ])("of %j is refused with the field's name", async (json, field) => {
    const order = await paidOrder(api, "MUG");
    const answer = await ask(order, json);
    expect(answer).toMatchObject({ status: 422, body: { type: "/problems/invalid_body" } });
    expect(answer.body.errors[0].field).toBe(field);
  });

  test("is refused where nobody paid, nothing is left, or a bank disputes", async () => {
    const unpaid = await ask(await reservedOrder(api, "MUG"), {});
    expect(unpaid).toMatchObject({ status: 409, body: { type: "/problems/order_not_paid" } });
    const order = await paidOrder(api, "MUG");
    await ask(order, {});
    const nothing = { status: 409, body: { type: "/problems/nothing_left_to_refund" } };
    expect(await ask(order, {})).toMatchObject(nothing);
    const disputed = await paidOrder(api, "MUG");
    const dispute = seenDispute({});
    for (const [status, name] of [
      ["open", "dispute_open"],
      ["lost", "dispute_lost"],
    ] as const) {
      await seeDisputes(api, disputed, { ...dispute, status });
      const refused = { status: 409, body: { type: `/problems/${name}` } };
      expect(await ask(disputed, {})).toMatchObject(refused);
    }
  });
});

describe("how an order's money stands", () => {
  test("is told by the ledger, to the shop and to guests", async () => {
    const order = await paidOrder(api, "MUG", 2);
    const seen = async () => {
      const [forShop, forGuest] = [await orderOf(order), await orderOf(order, order.orderToken)];
      const { paymentStatus, refundedMinor } = forShop;
      expect(forGuest).toMatchObject({ paymentStatus, refundedMinor });
      return [paymentStatus, refundedMinor];
    };
    expect(await seen()).toEqual(["paid", 0]);
    const { body: first } = await ask(order, { amountMinor: 400 });
    const part = seenRefund({ amountMinor: 400, refundId: first.id });
    await seeRefunds(api, order, [{ ...part, status: "pending" }]);
    expect(await seen()).toEqual(["partially_refunded", 400]);
    const rest = seenRefund({ amountMinor: 600 });
    await seeRefunds(api, order, [part, rest]);
    expect(await seen()).toEqual(["refunded", 1_000]);
    await seeRefunds(api, order, [part, { ...rest, status: "failed", failure: "declined" }]);
    expect(await seen()).toEqual(["partially_refunded", 400]);
    expect((await listed(order)).map(({ failure }: { failure: string }) => failure)).toEqual([
      null,
      "declined",
    ]);
  });

  test("is unpaid before the money came, and disputed while a bank has it", async () => {
    expect(await orderOf(await reservedOrder(api, "MUG"))).toMatchObject({
      paymentStatus: "unpaid",
      refundedMinor: 0,
    });
    const order = await paidOrder(api, "MUG");
    const dispute = seenDispute({ amountMinor: 500 });
    for (const [status, wanted] of [
      ["open", "disputed"],
      ["won", "paid"],
    ] as const) {
      await seeDisputes(api, order, { ...dispute, status });
      expect((await orderOf(order)).paymentStatus).toBe(wanted);
    }
  });

  test("tells guests in the history how much came back, and not why it was given", async () => {
    const order = await paidOrder(api, "MUG");
    const { body } = await ask(order, { amountMinor: 100, note: "Do not tell" });
    await seeRefunds(api, order, [seenRefund({ amountMinor: 100, refundId: body.id })]);
    const history = await api.ask(`/v1/orders/${order.id}/events`, { as: order.orderToken });
    const refunds = history.body.data.filter(({ type }: { type: string }) => /refund/.test(type));
    expect(refunds).toMatchObject([
      { type: "order.refund_requested", actor: "shop", data: {} },
      {
        type: "order.refund_succeeded",
        actor: "stripe",
        data: { amountMinor: 100, currency: "gbp" },
      },
    ]);
    expect(JSON.stringify(history.body)).not.toMatch(/Do not tell|damaged/);
  });
});
