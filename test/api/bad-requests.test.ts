import { beforeAll, describe, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { addProduct, buyer } from "../support/shop-floor.ts";

const api = useApi();
beforeAll(() => addProduct(api, "MUG"));

const order = { contact: buyer, lines: [{ sku: "MUG", quantity: 1 }] };

describe("POST /v1/orders refuses", () => {
  const raw = (body: string | Uint8Array<ArrayBuffer>, type = "application/json") =>
    api.ask("/v1/orders", { as: api.secretKey, body, headers: { "content-type": type } });

  test("a body that is no JSON", async () => {
    for (const body of ["{", "", "{'a': 1}", '{"a": 1,}', "NaN"]) {
      expect(await raw(body)).toMatchObject({
        status: 400,
        body: { type: "/problems/malformed_json" },
      });
    }
  });

  test("a body that is no UTF-8", async () => {
    const bytes = new Uint8Array([...Buffer.from('{"a":"'), 0xff, 0xc0, ...Buffer.from('"}')]);
    expect(await raw(bytes)).toMatchObject({
      status: 400,
      body: { type: "/problems/malformed_json" },
    });
  });

  test("another content type, or none", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonp",
      "",
    ]) {
      expect(await raw(JSON.stringify(order), type)).toMatchObject({
        status: 415,
        body: { type: "/problems/unsupported_media_type" },
      });
    }
  });

  test("more than 256 KB, announced or not", async () => {
    const large = JSON.stringify({ ...order, customerRef: "x".repeat(256 * 1_024) });
    expect(await raw(large)).toMatchObject({ status: 413 });
    const response = await api.fetch(
      new Request("http://api.test/v1/orders", {
        method: "POST",
        headers: {
          authorization: `Bearer ${api.secretKey}`,
          "content-type": "application/json",
          "transfer-encoding": "chunked",
        },
        body: new Blob([large]).stream(),
        duplex: "half",
      } as RequestInit),
    );
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "/problems/payload_too_large" });
  });

  test("depth and tricks that break parsers", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    expect(await raw(deep)).toMatchObject({ status: 422 });
    expect(await raw(`{"lines": ${deep}}`)).toMatchObject({ status: 422 });
    const polluted = `{"__proto__": {"admin": true}, ${JSON.stringify(order).slice(1)}`;
    expect(await raw(polluted)).toMatchObject({
      status: 422,
      body: { errors: [{ field: "__proto__" }] },
    });
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
    const many = `{"lines": [${"{},".repeat(80_000)}{}]}`;
    const startedAt = performance.now();
    const { status, body } = await raw(many);
    expect({ status, shown: body.errors.length <= 100 }).toEqual({ status: 422, shown: true });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("a missing, short, over-long or unprintable Idempotency-Key", async () => {
    for (const key of ["", "x".repeat(19), "x".repeat(256), "ключ-ключ-ключ-ключ-ключ"]) {
      const headers = {
        "idempotency-key": encodeURIComponent(key) === key ? key : "\u00e4".repeat(30),
      };
      const answer = await api.ask("/v1/orders", { as: api.secretKey, json: order, headers });
      expect(answer).toMatchObject({
        status: 400,
        body: { type: "/problems/invalid_header", errors: [{ field: "Idempotency-Key" }] },
      });
    }
    const longest = await api.ask("/v1/orders", {
      as: api.secretKey,
      json: order,
      key: "x".repeat(255),
    });
    expect(longest.status).toBe(202);
  });

  test("duplicate fields of JSON by taking the last", async () => {
    const twice = `{"lines": [], ${JSON.stringify(order).slice(1)}`;
    expect((await raw(twice)).status).toBe(202);
  });
});

describe("queries are refused", () => {
  test.each([
    ["/v1/orders?status=lost", "status"],
    ["/v1/orders?limit=0", "limit"],
    ["/v1/orders?limit=101", "limit"],
    ["/v1/orders?limit=1e2", "limit"],
    ["/v1/orders?limit=5&limit=6", "limit"],
    ["/v1/orders?after=x", "after"],
    ["/v1/orders?from=yesterday", "from"],
    ["/v1/orders?email=ada", "email"],
    ["/v1/orders?stauts=paid", "stauts"],
    ["/v1/products?after=%00", "after"],
  ])("%s, naming the field", async (path, field) => {
    expect(await api.ask(path, { as: api.secretKey })).toMatchObject({
      status: 400,
      body: { type: "/problems/invalid_query", errors: [{ field }] },
    });
  });

  test("unless they are odd, but lawful", async () => {
    for (const query of ["from=0000-01-01T00:00:00Z", "to=9999-12-31T23:59:59%2B14:00"]) {
      expect((await api.ask(`/v1/orders?${query}`, { as: api.secretKey })).status).toBe(200);
    }
  });
});

test("an address that is none is 404, another method 405 with those that are known", async () => {
  expect(await api.ask("/v1/nothing")).toMatchObject({
    status: 404,
    body: { type: "/problems/not_found" },
  });
  for (const id of ["x", "%00", "0000", "..%2f..", "%E0%A4%A"]) {
    expect((await api.ask(`/v1/orders/${id}`, { as: api.secretKey })).status).toBe(404);
  }
  const { status, headers } = await api.ask("/v1/orders", { method: "DELETE", as: api.secretKey });
  expect({ status, allow: headers.get("allow") }).toEqual({ status: 405, allow: "GET, POST" });
});
