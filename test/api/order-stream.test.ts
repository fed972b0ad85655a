import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/db/transaction.ts";
import { remark } from "../../src/orders/remark.ts";
import { useApi } from "../support/api.ts";
import { paidOrder, seeRefunds } from "../support/api-money.ts";
import { openStream } from "../support/event-stream.ts";
import { seenRefund } from "../support/money-back.ts";
import { serve } from "../support/serve.ts";
import { addProduct, move, placeOrder, reserve } from "../support/shop-floor.ts";
import { waitFor } from "../support/wait-for.ts";

const api = useApi();
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  await addProduct(api, "MUG", { stock: 1_000 });
  server = await serve((request, env) => api.fetch(request, env));
});
afterAll(() => server.close());

type Placed = { id: string; orderToken: string };

async function placed(): Promise<Placed> {
  return (await placeOrder(api, "MUG")).body;
}

const urlOf = ({ id }: Placed) => `${server.url}/v1/orders/${id}/events`;

const follow = (order: Placed, { as = order.orderToken, after }: Wish = {}) =>
  openStream(urlOf(order), as, after);
type Wish = { as?: string; after?: number };

describe("an order's stream", () => {
  test("tells what happened and what happens, with ids, and ends with the order", async () => {
    const order = await placed();
    const stream = await follow(order);
    expect(stream.status).toBe(200);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
    await waitFor("the history", () => stream.seqs().length === 2);
    await reserve(api, order.id);
    await waitFor("the news", () => stream.seqs().length === 3);
    await move(api, "hold_expired", order.id);
    expect(await stream.ended).toBe("ended");
    expect(stream.text()).toMatch(/^retry: \d+\n\n/);
    expect(stream.parts()).toMatchObject([
      { id: "1", event: "order.placed", data: { seq: 1, orderId: order.id, status: "draft" } },
      { id: "2", event: "order.checked_out" },
      { id: "3", event: "order.stock_reserved", data: { status: "awaiting_payment", data: {} } },
      { id: "4", event: "order.hold_expired", data: { status: "expired" } },
      { id: "4", event: "end", data: { status: "expired" } },
    ]);
  });

  test("is the same as the feed and the history tell it", async () => {
    const order = await placed();
    const stream = await follow(order, { as: api.secretKey });
    await waitFor("the history", () => stream.seqs().length === 2);
    const history = (await api.ask(`/v1/orders/${order.id}/events`, { as: api.secretKey })).body;
    expect(stream.parts().map(({ data }) => data)).toEqual(
      history.data.map(({ from: _from, actor: _actor, ...told }: Record<string, unknown>) => told),
    );
  });

  test("goes on after the last event that its reader has, by header or by query", async () => {
    const order = await placed();
    const second = await follow(order, { after: 1 });
    await waitFor("the second event", () => second.seqs().length === 1);
    expect(second.seqs()).toEqual([2]);
    const byQuery = await openStream(`${urlOf(order)}?after=2`, order.orderToken);
    await reserve(api, order.id);
    await waitFor("the third event", () => byQuery.seqs().length === 1);
    expect(byQuery.seqs()).toEqual([3]);
    await waitFor("the third event", () => second.seqs().length === 2);
  });

  test("lets many follow one order from different places, each with its own rest", async () => {
    const order = await placed();
    const streams = await Promise.all([0, 1, 2, 0, 1].map((after) => follow(order, { after })));
    await reserve(api, order.id);
    await move(api, "cancelled", order.id);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.map((stream) => stream.seqs())).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4],
      [3, 4],
      [1, 2, 3, 4],
      [2, 3, 4],
    ]);
  });

  test("spares guests what is not for them, and loses no event after it", async () => {
    const order = await placed();
    const [guest, shop] = [await follow(order), await follow(order, { as: api.secretKey })];
    await inTransaction(api.db, (trx) =>
      remark(trx, [{ orderId: order.id, event: "settled" }], "ops:ann"),
    );
    await reserve(api, order.id);
    await waitFor("both to read on", () => [guest, shop].every((each) => each.seqs().at(-1) === 4));
    expect(guest.seqs()).toEqual([1, 2, 4]);
    expect(shop.seqs()).toEqual([1, 2, 3, 4]);
  });

  test("tells a guest the end of an expired order, and then that there is no more", async () => {
    const order = await placed();
    await move(api, "draft_expired", order.id);
    const late = await follow(order, { after: 2 });
    expect(await late.ended).toBe("ended");
    expect(late.parts().map(({ event }) => event)).toEqual(["order.draft_expired", "end"]);
    expect((await follow(order, { after: 3 })).status).toBe(204);
    expect((await follow(order, { after: 99 })).status).toBe(204);
  });

  test("of a cancelled order stays open until its money is back", async () => {
    const order = await paidOrder(api, "MUG");
    const cancel = { method: "POST", as: api.secretKey, json: { refund: "full" } };
    expect((await api.ask(`/v1/orders/${order.id}/cancel`, cancel)).status).toBe(200);
    const stream = await follow(order, { as: api.secretKey });
    await waitFor("the cancellation", () =>
      stream.parts().some(({ event }) => event === "order.refund_requested"),
    );
    expect(stream.parts().at(-1)?.event).not.toBe("end");
    const { id: refundId } = await api.db
      .selectFrom("refunds")
      .select("id")
      .where("order_id", "=", order.id)
      .executeTakeFirstOrThrow();
    const amountMinor = order.totalMinor;
    await seeRefunds(api, order, [seenRefund({ amountMinor, refundId })]);
    expect(await stream.ended).toBe("ended");
    expect(stream.parts().slice(-2)).toMatchObject([
      { event: "order.refund_succeeded" },
      { event: "end", data: { status: "cancelled" } },
    ]);
  });

  test("is not opened for whoever asks for its headers alone", async () => {
    const order = await placed();
    const headers = { authorization: `Bearer ${order.orderToken}`, accept: "text/event-stream" };
    const answer = await fetch(urlOf(order), { method: "HEAD", headers });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect(await answer.text()).toBe("");
  });

  test("is JSON to whoever does not ask for a stream", async () => {
    const order = await placed();
    const path = `/v1/orders/${order.id}/events`;
    const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const answer = await api.ask(path, { as: order.orderToken, headers: browser });
    expect(answer.body.data).toHaveLength(2);
    expect(answer.headers.get("vary")).toContain("Accept");
    const after = await api.ask(`${path}?after=1`, { as: order.orderToken });
    expect(after.body.data).toMatchObject([{ seq: 2 }]);
  });

  test.each([
    ["?after=x", {}, "after"],
    ["?before=1", {}, "before"],
    ["", { "last-event-id": "-1" }, "Last-Event-Id"],
  ])("is refused with %s %j, which names the field", async (query, headers, field) => {
    const order = await placed();
    const path = `/v1/orders/${order.id}/events${query}`;
    const answer = await api.ask(path, { as: order.orderToken, headers });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ field }]);
  });
});
