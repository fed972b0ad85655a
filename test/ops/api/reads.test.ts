import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { paidOrder, reservedOrder, seeIntent } from "../../support/api-money.ts";
import { addProduct, buyer } from "../../support/shop-floor.ts";
import { problemOf, useOpsApi } from "./desk.ts";

const { api, ask, versionOf } = useOpsApi();

async function goods(): Promise<string> {
  const sku = `sku-${randomUUID().slice(0, 8)}`;
  await addProduct(api, sku, { stock: 5 });
  return sku;
}

describe("GET /ops/api/orders/{id}/diagnosis", () => {
  test("tells by id and by number what is the matter, and what to do", async () => {
    const order = await reservedOrder(api, await goods());
    await seeIntent(api, order, {});
    await seeIntent(api, order, { status: "captured", capturedMinor: order.totalMinor - 1 });
    const { status, body, headers } = await ask(`/orders/${order.id}/diagnosis`);
    expect(status).toBe(200);
    expect(headers.get("etag")).toBe(`"${await versionOf(order.id)}"`);
    expect(body.order).toMatchObject({ id: order.id, status: "awaiting_payment", currency: "gbp" });
    expect(body.diagnosis).toMatchObject({ code: "amount_mismatch", severity: "problem" });
    expect(body.diagnosis.recommended.dryRun.length).toBeGreaterThan(0);
    // Nobody is taken as paid by other means as long as Stripe may have the money.
    expect(body.statuses).toEqual(["expired"]);
    expect(body.stripe).toMatchObject({ state: "unreachable" });
    expect(body.asked).toEqual({ stripe: true, queues: false });
    const byNumber = await ask(`/orders/${body.order.number.toLowerCase()}/diagnosis`);
    expect(byNumber.body.order.id).toBe(order.id);
    expect((await ask(`/orders/${randomUUID()}/diagnosis`)).status).toBe(404);
  });

  test("shows a viewer no person", async () => {
    const { id } = await paidOrder(api, await goods());
    const told = await ask(`/orders/${id}/diagnosis`);
    expect(told.body.contact).toMatchObject({ email: buyer.email, phone: buyer.phone });
    for (const path of [`/orders/${id}/diagnosis`, `/orders/${id}`]) {
      const { status, body } = await ask(path, { as: "viewer" });
      expect(status).toBe(200);
      const text = JSON.stringify(body);
      expect(text).toContain("•••");
      for (const known of [buyer.email, buyer.phone, buyer.name]) expect(text).not.toContain(known);
    }
  });
});

test("GET /ops/api/orders/{id} has all that is known, and no secret", async () => {
  const order = await paidOrder(api, await goods());
  const { body } = await ask(`/orders/${order.id}`);
  expect(body).toMatchObject({
    order: { id: order.id, status: "paid", capturedMinor: order.totalMinor },
    payments: [{ status: "captured" }],
    jobs: null,
  });
  const events = body.events.map(({ event }: { event: string }) => event);
  expect(events).toContain("payment_captured");
  expect(JSON.stringify(body)).not.toMatch(/_secret_|sealed|key_id/);
});

describe("GET /ops/api/problems", () => {
  test("lists what needs a person, by code and by age, with the money at stake", async () => {
    const order = await reservedOrder(api, await goods());
    await seeIntent(api, order, {});
    await seeIntent(api, order, { status: "captured", capturedMinor: order.totalMinor - 1 });
    const idsOf = async (query: string) => {
      const { body } = await ask(`/problems${query}`, { as: "viewer" });
      return body.problems.map(({ orderId }: { orderId: string }) => orderId);
    };
    expect(await idsOf("?code=amount_mismatch")).toContain(order.id);
    expect(await idsOf("?code=two_payments")).toEqual([]);
    expect(await idsOf("?olderThan=2h")).toEqual([]);
    const { body } = await ask("/problems");
    const [group] = body.groups.filter(({ code }: { code: string }) => code === "amount_mismatch");
    expect(group.atStakeMinor.gbp).toBeGreaterThan(0);
    expect(body.nextCursor).toBeNull();
  });

  test.each(["?code=lost", "?olderThan=soon", "?cursor=1", "?shop=x"])(
    "refuses %s and says what fits",
    async (query) => {
      const refused = await ask(`/problems${query}`);
      expect(problemOf(refused)).toMatchObject({ status: 422, code: "invalid_act" });
      expect(refused.body.errors[0].field).toBe(/\?(\w+)=/.exec(query)?.[1]);
    },
  );
});

test("GET /ops/api/search finds by e-mail, by number and by SKU", async () => {
  const sku = await goods();
  const { id } = await paidOrder(api, sku);
  for (const query of [buyer.email, id, sku]) {
    const { body } = await ask(`/search?q=${encodeURIComponent(query)}`);
    const found = body.hits.map(
      (hit: { orderId?: string; sku?: string }) => hit.orderId ?? hit.sku,
    );
    expect(found, query).toContain(query === sku ? sku : id);
  }
  const { body } = await ask(`/search?q=${encodeURIComponent(buyer.email)}`, { as: "viewer" });
  expect([body.hits, body.hint]).toEqual([[], expect.stringContaining("is for operators")]);
  expect((await ask("/search?q=nothing-fits")).body.hint).toMatch(/^Nothing fits/);
  expect((await ask("/search")).status).toBe(422);
});
