import { describe, expect, test } from "vitest";
import { buyer, move } from "../../support/shop-floor.ts";
import { useBrowsers } from "./browsing.ts";

const { api, people, see, payableOrder } = useBrowsers();

describe("the page of an order", () => {
  test("comes without Redis and without Stripe, within three seconds", async () => {
    const id = await payableOrder();
    await api.db
      .updateTable("payments")
      .set({ intent_id: `pi_${id}`, status: "pending", client_secret: "secret" })
      .set({ secret_stored_at: new Date(), due_at: new Date(Date.now() + 60_000) })
      .where("order_id", "=", id)
      .execute();
    const startedAt = performance.now();
    const { status, body, headers } = await see(`/ops/orders/${id}`);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(status).toBe(200);
    expect(body).toContain("Stripe can't be asked at this moment");
    expect(body).toContain("without jobs: Redis does not answer");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });

  test("is found by its number, refreshes without JavaScript, and is watched with it", async () => {
    const id = await payableOrder();
    const { number } = (await api.ask(`/v1/orders/${id}`, { as: api.secretKey })).body;
    const { body } = await see(`/ops/orders/${number}`);
    expect(body).toContain('<noscript><meta http-equiv="refresh" content="30"></noscript>');
    expect(body).toContain(`data-live="/ops/live?watch=order%3A${id}&amp;seen=`);
  });

  test("names the customer to operators, and to viewers only in outline", async () => {
    const id = await payableOrder();
    expect((await see(`/ops/orders/${id}`)).body).toContain(buyer.email);
    const masked = (await see(`/ops/orders/${id}`, people.viewer)).body;
    expect(masked).not.toContain(buyer.email);
    expect(masked).not.toContain("/acts/");
    expect(masked).not.toContain(buyer.name);
  });

  test("shows each message as it reads, in frames of our own pages, unable to act", async () => {
    const id = await payableOrder();
    await move(api, "cancelled", id);
    const { id: message } = await api.db
      .selectFrom("notifications")
      .select("id")
      .where("order_id", "=", id)
      .where("channel", "=", "email")
      .executeTakeFirstOrThrow();
    const address = `/ops/orders/${id}/messages/${message}/preview`;
    const { status, headers, body } = await see(address);
    expect([status, headers.get("x-frame-options")]).toEqual([200, "SAMEORIGIN"]);
    expect(headers.get("content-security-policy")).toMatch(/sandbox;.*frame-ancestors 'self'/);
    expect(body).toContain(buyer.name);
    expect((await see(address, people.viewer)).body).not.toContain(buyer.name);
    const page = (await see(`/ops/orders/${id}`)).body;
    expect(page).toContain(`sandbox loading="lazy"`);
    expect(page).toContain(`src="${address}"`);
    expect((await see(`/ops/orders/${id}/messages/${id}/preview`)).status).toBe(404);
  });
});

describe("the search box", () => {
  test("goes straight to what is found alone", async () => {
    const id = await payableOrder();
    const { number } = (await api.ask(`/v1/orders/${id}`, { as: api.secretKey })).body;
    const answer = await see(`/ops/search?q=${number.toLowerCase()}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `/ops/orders/${id}`]);
  });

  test("lists what is found, by kind, and keeps what was typed", async () => {
    await payableOrder();
    await payableOrder();
    const { status, body } = await see(`/ops/search?q=${encodeURIComponent(buyer.email)}`);
    expect(status).toBe(200);
    expect(body).toContain("Orders</h2>");
    expect(body.match(/id="hit:\/ops\/orders\//g)?.length).toBeGreaterThanOrEqual(2);
    expect(body).toContain(`value="${buyer.email}"`);
  });

  test("tells viewers that they can't search for persons, and offers it to none", async () => {
    await payableOrder();
    const { viewer } = people;
    const { status, body } = await see(`/ops/search?q=${encodeURIComponent(buyer.email)}`, viewer);
    expect([status, /id="hit:/.test(body)]).toEqual([200, false]);
    expect(body).toContain("Searching by e-mail or phone is for operators.");
    expect(body).not.toContain("a customer's e-mail or phone");
    expect(body).toContain('placeholder="Order, payment, SKU"');
    expect((await see("/ops")).body).toContain('placeholder="Order, e-mail, phone, payment, SKU"');
  });

  test("says what can be searched for when nothing is found, or nothing was typed", async () => {
    const nothing = (await see(`/ops/search?q=${encodeURIComponent('"><script>')}`)).body;
    expect(nothing).toContain("Nothing was found for “&quot;&gt;&lt;script&gt;”.");
    expect(nothing).toContain("an order's number");
    expect((await see("/ops/search")).body).toContain("What can be searched for");
  });
});
