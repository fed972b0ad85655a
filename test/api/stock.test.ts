import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, placeOrder, reserve } from "../support/shop-floor.ts";

const api = useApi();
const reason = "Counted";

const moveStock = (sku: string, json: object, key: string = randomUUID()) =>
  api.ask(`/v1/stock/${sku}/movements`, { as: api.secretKey, json, key });
const stockOf = async (sku: string) =>
  (await api.ask(`/v1/stock/${sku}`, { as: api.secretKey })).body;

describe("stock", () => {
  test("is nothing at first, and moves with its ledger", async () => {
    await addProduct(api, "MUG");
    expect(await stockOf("mug")).toEqual({
      sku: "MUG",
      location: "main",
      onHand: 0,
      reserved: 0,
      safety: 0,
      available: 0,
    });
    const received = await moveStock("mug", { kind: "receive", quantity: 10, reason });
    expect(received).toMatchObject({
      status: 201,
      body: { sku: "MUG", onHand: 10, available: 10 },
    });
    const adjusted = await moveStock("MUG", { kind: "adjust", quantity: -3, reason });
    expect(adjusted.body).toMatchObject({ onHand: 7 });
    const { rows } = await sql`
      SELECT kind, on_hand_delta, reason, actor FROM stock_movements WHERE sku = 'mug' ORDER BY id
    `.execute(api.db);
    const actor = `key:${api.secretKey.slice(0, 9)}`;
    expect(rows).toEqual([
      { kind: "receive", on_hand_delta: 10, reason, actor },
      { kind: "adjust", on_hand_delta: -3, reason, actor },
    ]);
  });

  test("moves once per key, also when 20 ask at the same time", async () => {
    await addProduct(api, "CUP");
    const key = randomUUID();
    const json = { kind: "receive", quantity: 5, reason };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => moveStock("CUP", json, key)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await stockOf("CUP")).toMatchObject({ onHand: 5 });
    const replays = answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true");
    expect(replays).toHaveLength(19);
    expect(await moveStock("CUP", { ...json, quantity: 6 }, key)).toMatchObject({
      status: 422,
      body: { type: "/problems/idempotency_key_reused" },
    });
  });

  test("is not taken away from the orders that hold it, and the answer names them", async () => {
    await addProduct(api, "LAMP", { stock: 10 });
    const orders = [await placeOrder(api, "LAMP", 4), await placeOrder(api, "LAMP", 2)];
    for (const { body } of orders) await reserve(api, body.id);
    const key = randomUUID();
    const refused = await moveStock("LAMP", { kind: "adjust", quantity: -5, reason }, key);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        type: "/problems/stock_is_held",
        errors: [{ field: "quantity", message: "Must be at least -4." }],
      },
    });
    for (const { body } of orders) expect(refused.body.detail).toContain(body.number);
    expect(await stockOf("LAMP")).toMatchObject({ onHand: 10, reserved: 6, available: 4 });
    // The key is free for the corrected request.
    expect(await moveStock("LAMP", { kind: "adjust", quantity: -4, reason }, key)).toMatchObject({
      status: 201,
      body: { onHand: 6, reserved: 6, available: 0 },
    });
  });

  test.each([
    ["zero", { kind: "adjust", quantity: 0, reason }, "quantity"],
    ["half a piece", { kind: "adjust", quantity: 0.5, reason }, "quantity"],
    ["a negative delivery", { kind: "receive", quantity: -1, reason }, "quantity"],
    ["more than there can be", { kind: "receive", quantity: 1_000_000_001, reason }, "quantity"],
    ["no reason", { kind: "receive", quantity: 1 }, "reason"],
    ["another kind", { kind: "reserve", quantity: 1, reason }, "kind"],
  ])("refuses %s", async (_what, json, field) => {
    expect(await moveStock("MUG", json)).toMatchObject({
      status: 422,
      body: { errors: [{ field }] },
    });
  });

  test("of an unknown product is 404, to read and to move", async () => {
    expect((await api.ask("/v1/stock/NOPE", { as: api.secretKey })).status).toBe(404);
    expect(await moveStock("NOPE", { kind: "receive", quantity: 1, reason })).toMatchObject({
      status: 404,
      body: { type: "/problems/product_not_found" },
    });
  });

  test("below zero says how many there are, and nothing of orders that hold none", async () => {
    await addProduct(api, "BOWL", { stock: 2 });
    expect(await moveStock("BOWL", { kind: "adjust", quantity: -3, reason })).toMatchObject({
      status: 409,
      body: {
        type: "/problems/not_enough_on_hand",
        detail: "2 are on hand: 3 can't be taken away.",
        errors: [{ field: "quantity", message: "Must be at least -2." }],
      },
    });
    await moveStock("BOWL", { kind: "adjust", quantity: -2, reason });
    expect((await moveStock("BOWL", { kind: "adjust", quantity: -1, reason })).body).toMatchObject({
      errors: [{ field: "quantity", message: "Must be above zero." }],
    });
  });
});
