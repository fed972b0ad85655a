import { beforeAll, describe, expect, test } from "vitest";
import { writeCursor } from "../../src/orders/feed-cursor.ts";
import { useApi } from "../support/api.ts";
import { addProduct, placeOrder, reserve } from "../support/shop-floor.ts";
import { waitFor } from "../support/wait-for.ts";

const api = useApi();
beforeAll(async () => {
  await addProduct(api, "MUG", { stock: 1_000 });
});

const read = async (query: string, prefer?: string) => {
  const headers = prefer ? { prefer } : {};
  return await api.ask(`/v1/events?${query}`, { as: api.secretKey, headers });
};

/** Reads up to the end, and waits for it to be the end of all that was written so far. */
async function end(): Promise<string> {
  const { id } = (await placeOrder(api, "MUG")).body;
  let after = "";
  return await waitFor("the end of the feed", async () => {
    const { body } = await read(after === "" ? "limit=100" : `limit=100&after=${after}`);
    after = body.nextCursor;
    return body.data.some((event: { id: string }) => event.id === `${id}-2`) && after;
  });
}

describe("GET /v1/events", () => {
  test("tells what happened, page by page, and where to go on", async () => {
    const after = await end();
    const { id, number } = (await placeOrder(api, "MUG")).body;
    await reserve(api, id);
    const first = await waitFor("the page", async () => {
      const { body } = await read(`limit=2&after=${after}`);
      return body.hasMore && body;
    });
    expect(first.data).toEqual([
      {
        id: `${id}-1`,
        type: "order.placed",
        seq: 1,
        orderId: id,
        orderNumber: number,
        status: "draft",
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        data: {},
      },
      expect.objectContaining({ id: `${id}-2`, type: "order.checked_out", status: "reserving" }),
    ]);
    const second = await waitFor("the next page", async () => {
      const { body } = await read(`after=${first.nextCursor}`);
      return body.data.length > 0 && body;
    });
    expect(second.data).toMatchObject([{ id: `${id}-3`, type: "order.stock_reserved" }]);
    const last = (await read(`after=${second.nextCursor}`)).body;
    expect(last).toEqual({ data: [], nextCursor: second.nextCursor, hasMore: false });
  });

  test("waits for the next event of a wanted type where the reader prefers that", async () => {
    const after = await end();
    const query = `after=${after}&types=order.stock_reserved,order.stock_refused`;
    const waiting = read(query, "wait=20");
    const { id } = (await placeOrder(api, "MUG")).body;
    await reserve(api, id);
    const { headers, body } = await waiting;
    expect(headers.get("preference-applied")).toBe("wait=20");
    expect(body.data).toMatchObject([{ id: `${id}-3` }]);
    const nothing = await read(`after=${body.nextCursor}`, "wait=1");
    expect(nothing.body.data).toEqual([]);
  });

  test.each([
    ["after=nonsense", "after"],
    ["types=order.placed,order.nonsense", "types[1]"],
    ["limit=1000", "limit"],
    ["since=yesterday", "since"],
  ])("refuses %s, naming the field", async (query, field) => {
    const answer = await read(query);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ field }]);
  });

  test("refuses a cursor that this database can't have made yet, and says what to do", async () => {
    const orderId = "01900000-0000-7000-8000-000000000001";
    const cursor = writeCursor({ position: 2 ** 50, orderId, seq: 1 });
    expect(await read(`after=${cursor}`)).toMatchObject({
      status: 409,
      body: { type: "/problems/cursor_ahead" },
    });
  });
});
