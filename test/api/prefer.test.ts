import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { preferredWait } from "../../src/api/prefer.ts";
import { useApi } from "../support/api.ts";
import { seeIntent } from "../support/api-money.ts";
import { statusOf } from "../support/shop.ts";
import { addProduct, buyer, move, reserve } from "../support/shop-floor.ts";
import { waitFor } from "../support/wait-for.ts";

const api = useApi();
beforeAll(async () => {
  await addProduct(api, "MUG", { stock: 1_000 });
  await addProduct(api, "RARE", { stock: 1 });
});

/** Places an order and hands its id to the workers' part, before the answer is there. */
function place(sku: string, prefer: string, key = randomUUID()) {
  const json = { contact: buyer, lines: [{ sku, quantity: 2 }] };
  const wishes = { as: api.publishableKey, json, key, headers: { prefer } };
  return { key, answer: api.ask("/v1/orders", wishes), placed: () => idOf(key) };
}

async function idOf(key: string): Promise<string> {
  return await waitFor("the order to be placed", async () => {
    const query = api.db.selectFrom("idempotency_keys").select("resource_id");
    return (await query.where("key", "=", key).executeTakeFirst())?.resource_id;
  });
}

async function payable(id: string) {
  await reserve(api, id);
  await seeIntent(api, { id, orderToken: "", totalMinor: 500 }, {});
}

describe("a client that prefers to wait", () => {
  test("is answered 201 with the client secret as soon as the order can be paid", async () => {
    const { answer, placed } = place("MUG", "wait=20");
    await payable(await placed());
    const { status, headers, body } = await answer;
    expect(status).toBe(201);
    expect(headers.get("preference-applied")).toBe("wait=20");
    expect(body).toMatchObject({
      status: "awaiting_payment",
      payment: { clientSecret: expect.stringMatching(/_secret_/) },
      orderToken: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(headers.get("etag")).toBe('"4"');
    expect(headers.get("location")).toBe(`/v1/orders/${body.id}`);
  });

  test("is answered 201 with the rejection, and what was short", async () => {
    const { answer, placed } = place("RARE", "wait=20");
    await reserve(api, await placed());
    expect(await answer).toMatchObject({
      status: 201,
      body: { status: "rejected", shortages: [{ sku: "RARE", requested: 2, available: 1 }] },
    });
  });

  test("is answered 202 when it takes longer, and in the end by its replay", async () => {
    const { answer, placed, key } = place("MUG", "respond-async, wait=1");
    const id = await placed();
    const first = await answer;
    expect(first).toMatchObject({ status: 202, body: { id, status: "reserving" } });
    expect(first.headers.get("preference-applied")).toBe("wait=1");

    const replay = place("MUG", "wait=20", key).answer;
    await payable(id);
    expect(await replay).toMatchObject({ status: 201, body: { id, status: "awaiting_payment" } });
    expect((await replay).headers.get("idempotent-replayed")).toBe("true");
    const again = await place("MUG", "wait=20", key).answer;
    expect(again).toMatchObject({ status: 201, body: { payment: (await replay).body.payment } });
  });

  test("is told when the order ended meanwhile, as every guest is", async () => {
    const { answer, placed } = place("MUG", "wait=20");
    await move(api, "draft_expired", await placed());
    expect(await answer).toMatchObject({ status: 410, body: { type: "/problems/order_expired" } });
  });

  test("waits for a draft that it checks out, and not for one that it places", async () => {
    const json = { contact: buyer, lines: [{ sku: "MUG", quantity: 2 }], checkout: false };
    const headers = { prefer: "wait=20" };
    const draft = await api.ask("/v1/orders", { as: api.publishableKey, json, headers });
    expect(draft).toMatchObject({ status: 202, body: { status: "draft" } });
    const { id, orderToken } = draft.body;
    const path = `/v1/orders/${id}/checkout`;
    const answer = api.ask(path, { method: "POST", as: orderToken, headers });
    await waitFor("it to be checked out", async () => (await statusOf(api.db, id)) === "reserving");
    await payable(id);
    expect(await answer).toMatchObject({
      status: 200,
      body: { status: "awaiting_payment", payment: { clientSecret: expect.any(String) } },
    });
  });

  test("and one that does not is sent away at once", async () => {
    const { answer } = place("MUG", "handling=lenient");
    const { status, headers } = await answer;
    expect(status).toBe(202);
    expect(headers.has("preference-applied")).toBe(false);
  });
});

test.each([
  ["wait=5", 5],
  ["wait=0", 0],
  ['respond-async; x=1, Wait = "7" ; y', 7],
  ["wait=100, wait=1", 20],
  ["await=5", null],
  ["wait=-1", null],
  ["wait=1.5", null],
  ["wait", null],
  ["", null],
  [undefined, null],
])("Prefer: %s is understood as %s s", (prefer, seconds) => {
  expect(preferredWait(prefer)).toBe(seconds);
});
