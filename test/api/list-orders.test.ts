import { beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, buyer, move } from "../support/shop-floor.ts";

const api = useApi();
const numbers: string[] = [];

beforeAll(async () => {
  await addProduct(api, "MUG", { stock: 100 });
  for (let index = 0; index < 7; index++) {
    const contact = { ...buyer, email: index % 2 === 0 ? "Even@Example.com" : "odd@example.com" };
    const json = { contact, lines: [{ sku: "MUG", quantity: index + 1 }] };
    const { body } = await api.ask("/v1/orders", { as: api.publishableKey, json });
    numbers.push(body.number);
    if (index === 2) await move(api, "draft_expired", body.id);
    if (index === 4) await move(api, "cancelled", body.id);
  }
});

async function list(query: string): Promise<string[]> {
  const { status, body } = await api.ask(`/v1/orders${query}`, { as: api.secretKey });
  expect(status).toBe(200);
  return body.data.map((order: { number: string }) => order.number);
}

const numbered = (...indexes: number[]) => indexes.map((index) => numbers[index]);

describe("GET /v1/orders", () => {
  test("lists the newest first and leaves expired ones out unless they are asked for", async () => {
    expect(await list("")).toEqual(numbered(6, 5, 4, 3, 1, 0));
    expect(await list("?status=expired")).toEqual(numbered(2));
    expect(await list("?status=cancelled")).toEqual(numbered(4));
    expect(await list("?status=paid")).toEqual([]);
  });

  test("counts an order's lines instead of showing them", async () => {
    const { body } = await api.ask("/v1/orders?limit=1", { as: api.secretKey });
    const [order] = body.data;
    expect(order).toMatchObject({ number: numbers[6], lineCount: 1, totalMinor: 7 * 250 });
    expect(order.contact).toMatchObject({ email: "Even@Example.com" });
    expect(Object.keys(order)).not.toContain("lines");
    expect(Object.keys(order)).not.toContain("adjustments");
  });

  test("finds a person by the exact e-mail, whatever its case", async () => {
    expect(await list("?email=even@example.com")).toEqual(numbered(6, 4, 0));
    expect(await list("?email=even@example.org")).toEqual([]);
  });

  test("shows what calls for a person, expired or not, when asked so", async () => {
    expect(await list("?attention=true")).toEqual([]);
    const called = numbered(1, 2).map((number) => number ?? "");
    await api.db
      .updateTable("orders")
      .set({ attention: "foreign_intent" })
      .where("number", "in", called)
      .execute();
    expect(await list("?attention=true")).toEqual(numbered(2, 1));
    expect(await list("?attention=true&status=expired")).toEqual(numbered(2));
    const { status, body } = await api.ask("/v1/orders?attention=no", { as: api.secretKey });
    expect([status, body.errors[0].field]).toEqual([400, "attention"]);
  });

  test("goes through all pages without a gap or a double", async () => {
    const seen: string[] = [];
    let query = "?limit=4";
    for (let pages = 0; pages < 10; pages++) {
      const { body } = await api.ask(`/v1/orders${query}`, { as: api.secretKey });
      seen.push(...body.data.map((order: { number: string }) => order.number));
      if (body.nextCursor === null) break;
      query = `?limit=4&after=${body.nextCursor}`;
    }
    expect(seen).toEqual(numbered(6, 5, 4, 3, 1, 0));
  });

  test("cuts out a span of time, its beginning included, its end not", async () => {
    const { body } = await api.ask("/v1/orders?limit=100", { as: api.secretKey });
    const placedAt = (index: number): string =>
      body.data.find((order: { number: string }) => order.number === numbers[index]).placedAt;
    // Times leave us in milliseconds: an order's own may have been rounded down.
    expect(await list(`?from=${placedAt(5)}`)).toEqual(numbered(6, 5));
    expect(await list(`?from=${placedAt(1)}&to=${placedAt(4)}`)).toEqual(numbered(3, 1));
    expect(await list("?to=2020-01-01T00:00:00Z")).toEqual([]);
    expect(await list("?from=2020-01-01T00:00:00%2B03:00")).toHaveLength(6);
  });
});
