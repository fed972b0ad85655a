import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct } from "../support/shop-floor.ts";
import { endpointClient, home } from "./endpoint-client.ts";

const api = useApi();
const { post, added, read, patch } = endpointClient(api);

describe("what a webhook endpoint is told because somebody asks", () => {
  test("deleted, is there no more, and nothing waits for it", async () => {
    const { id } = await added();
    await addProduct(api, "PEN", { stock: 10, priceMinor: 100 });
    await placeOrder();
    const gone = await api.ask(`${home}/${id}`, { method: "DELETE", as: api.secretKey });
    expect(gone.status).toBe(204);
    expect((await read(id)).status).toBe(404);
    const rows = await deliveriesOf(id);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => "dropped"));
    const before = rows.length;
    await placeOrder();
    expect(await deliveriesOf(id)).toHaveLength(before);
  });

  test("may be tried: one event that tells of no order, once per key", async () => {
    const { id } = await added();
    const key = randomUUID();
    const first = await post(`/${id}/test`, {}, key);
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({ kind: "test", eventType: "webhook.test", orderId: null });
    expect(first.body.eventId).toBe(`test-${first.body.id}`);
    const again = await post(`/${id}/test`, {}, key);
    expect(again.body.id).toBe(first.body.id);
    const log = await api.ask(`${home}/${id}/deliveries`, { as: api.secretKey });
    expect(log.body.data).toHaveLength(1);
  });

  test("is told once more what happened in a time, and shows its log in pages", async () => {
    const after = new Date(Date.now() - 60_000).toISOString();
    await addProduct(api, "CUP", { stock: 10, priceMinor: 100 });
    const { id } = await added();
    const order = await placeOrder("CUP");
    const before = new Date(Date.now() + 60_000).toISOString();
    const wish = { after, before, eventTypes: ["order.placed"] };
    const dry = await post(`/${id}/replay`, { ...wish, dryRun: true });
    expect(dry.status).toBe(200);
    const key = randomUUID();
    const made = await post(`/${id}/replay`, wish, key);
    expect(made.status).toBe(202);
    expect(made.body.count).toBe(dry.body.count);
    const again = await post(`/${id}/replay`, wish, key);
    expect(again.body.count).toBe(made.body.count);

    const rows = await deliveriesOf(id);
    const own = rows.filter(({ order_id }) => order_id === order.id);
    const [told] = own.filter(({ kind, seq }) => kind === "event" && seq === 1);
    expect(own.filter(({ kind }) => kind === "replay")).toMatchObject([
      { seq: 1, replay_of: told?.id },
    ]);
    const pages: string[] = [];
    let cursor = "";
    do {
      const path = `${home}/${id}/deliveries?limit=2${cursor}`;
      const { body } = await api.ask(path, { as: api.secretKey });
      pages.push(...body.data.map((each: { id: string }) => each.id));
      cursor = body.nextCursor === null ? "" : `&after=${body.nextCursor}`;
    } while (cursor !== "");
    expect(pages).toEqual(rows.map((row) => row.id).reverse());
  });

  test("is not replayed backwards, nor while it is disabled", async () => {
    const { id } = await added();
    const wish = { after: "2026-01-02T00:00:00Z", before: "2026-01-01T00:00:00Z" };
    const backwards = await post(`/${id}/replay`, wish);
    expect(backwards.body.errors).toMatchObject([{ field: "before" }]);
    await patch(id, { status: "disabled" });
    const range = { after: wish.before, before: wish.after };
    expect((await post(`/${id}/replay`, range)).body.type).toBe("/problems/endpoint_disabled");
    expect((await post(`/${id}/test`, {})).body.type).toBe("/problems/endpoint_disabled");
  });
});

async function placeOrder(sku = "PEN"): Promise<{ id: string }> {
  const contact = { email: "buyer@shop.example", name: "A Buyer" };
  const json = { contact, lines: [{ sku, quantity: 1 }] };
  const answer = await api.ask("/v1/orders", { as: api.secretKey, json, key: randomUUID() });
  expect(answer.status).toBe(202);
  return answer.body;
}

async function deliveriesOf(id: string) {
  return await api.db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("endpoint_id", "=", id)
    .orderBy("nr")
    .execute();
}
