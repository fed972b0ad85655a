import { afterAll, beforeAll, expect, test } from "vitest";
import { useApi } from "../support/api.ts";
import { serve } from "../support/serve.ts";
import { addProduct, placeOrder } from "../support/shop-floor.ts";

const api = useApi();
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  await addProduct(api, "MUG", { stock: 10 });
  server = await serve((request, env) => api.fetch(request, env));
});
afterAll(() => server.close());

const common = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** What a server of Node's own answers, and what the app answers by itself. */
async function headersOf(path: string, headers: Record<string, string> = {}) {
  const asked = { headers: { "x-request-id": "asked-by-a-test", ...headers } };
  const served = await fetch(`${server.url}${path}`, asked);
  const alone = await api.fetch(new Request(`http://api.test${path}`, asked));
  await Promise.all([served.body?.cancel(), alone.body?.cancel()]);
  return [served, alone].map((answer) => Object.fromEntries(answer.headers));
}

test("every answer has the headers that keep it safe, whatever it says", async () => {
  const { id, orderToken } = (await placeOrder(api, "MUG")).body as Record<string, string>;
  const authorization = `Bearer ${orderToken}`;
  const answers = [
    ...(await headersOf("/v1/nothing")),
    ...(await headersOf(`/v1/orders/${id}`)),
    ...(await headersOf(`/v1/orders/${id}`, { authorization })),
  ];
  for (const headers of answers) {
    expect(headers).toMatchObject({ ...common, "x-request-id": "asked-by-a-test", vary: "Origin" });
    expect(headers).not.toHaveProperty("strict-transport-security");
  }
  const secure = await headersOf("/v1/nothing", { "x-forwarded-proto": "https" });
  for (const headers of secure) expect(headers["strict-transport-security"]).toMatch(/max-age=/);
});

test("a page has a policy of its own, and a history depends on what is accepted", async () => {
  for (const headers of await headersOf("/problems")) {
    expect(headers["content-security-policy"]).not.toBe(common["content-security-policy"]);
    expect(headers).toMatchObject({ "x-frame-options": "DENY" });
  }
  const { id, orderToken } = (await placeOrder(api, "MUG")).body as Record<string, string>;
  const authorization = `Bearer ${orderToken}`;
  for (const headers of await headersOf(`/v1/orders/${id}/events`, { authorization })) {
    expect(headers["vary"]).toBe("Origin, Accept");
  }
});
