import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createKey, createShop } from "../../src/orders/shops.ts";
import { eventTypes } from "../../src/orders/told-events.ts";
import { useApi } from "../support/api.ts";
import { endpointClient, home, url } from "./endpoint-client.ts";

const api = useApi();
const { post, added, read, patch } = endpointClient(api);

describe("a webhook endpoint over HTTP", () => {
  test("is added with a secret, which nobody reads again", async () => {
    const key = randomUUID();
    const first = await post("", { url, description: "Stock planning" }, key);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      ...{ url, description: "Stock planning", eventTypes: null, payloadVersion: 1 },
      ...{ status: "enabled", disabledBy: null, downSince: null, oldSecretUntil: null },
    });
    expect(Buffer.from(first.body.secret.replace(/^whsec_/, ""), "base64")).toHaveLength(32);

    const again = await post("", { url, description: "Stock planning" }, key);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
    const other = await post("", { url, description: "Another" }, key);
    expect(other.status).toBe(422);

    const { secret, ...shown } = first.body;
    expect((await read(first.body.id)).body).toEqual(shown);
    const row = await api.db
      .selectFrom("webhook_endpoints")
      .selectAll()
      .where("id", "=", first.body.id)
      .executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(secret.slice(6));
    expect(row.sealed?.toString("latin1")).not.toContain(secret);
  });

  test("is another shop's or a browser's to nobody", async () => {
    const { id } = await added();
    const other = await createShop(api.db, { name: "Other", currency: "gbp", origins: [] });
    const { key: stranger } = await createKey(api.db, other.id, "secret");
    const paths = ["", "/deliveries"].map((path) => `${home}/${id}${path}`);
    for (const path of paths) {
      expect((await api.ask(path, { as: stranger })).status).toBe(404);
      expect((await api.ask(path, { as: api.publishableKey })).status).toBe(403);
      expect((await api.ask(path)).status).toBe(401);
    }
    for (const path of ["/test", "/replay", "/rotate-secret"]) {
      const json = { after: "2026-01-01T00:00:00Z", before: "2026-01-02T00:00:00Z" };
      const wish = { as: stranger, json: path === "/replay" ? json : {}, key: randomUUID() };
      expect((await api.ask(`${home}/${id}${path}`, wish)).status).toBe(404);
    }
    const gone = await api.ask(`${home}/${id}`, { method: "DELETE", as: stranger });
    expect(gone.status).toBe(404);
    expect((await api.ask(`${home}/no-id`, { as: api.secretKey })).status).toBe(404);
  });

  test("is told of the types that it names, by the names that others know", async () => {
    const types = ["order.payment_captured", "order.cancelled"];
    const { id } = await added({ eventTypes: types });
    expect((await read(id)).body.eventTypes).toEqual(types);
    const { body } = await patch(id, { eventTypes: null });
    expect(body.eventTypes).toBeNull();
    const answer = await post("", { url, eventTypes: ["order.unheard_of"] });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].field).toBe("eventTypes[0]");
    expect(eventTypes).toContain("order.payment_captured");
  });

  test.each([
    ["http://erp.example/hook", "https://"],
    ["https://localhost/hook", "private"],
    ["https://169.254.169.254/latest/meta-data", "private"],
    ["https://[::ffff:127.0.0.1]/", "private"],
    ["https://2130706433/", "private"],
    ["https://ann:secret@erp.example/", "password"],
    ["ftp://erp.example/", "https://"],
    ["erp", "https://"],
  ])("does not stand at %s", async (address, why) => {
    const answer = await post("", { url: address });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ field: "url", message: expect.stringContaining(why) }]);
    const { id } = await added();
    expect((await patch(id, { url: address })).status).toBe(422);
  });

  test("is changed at the version that was seen, and says who disabled it", async () => {
    const { id } = await added();
    const tag = (await read(id)).headers.get("etag") ?? "";
    const first = await patch(id, { status: "disabled" }, { "if-match": tag });
    expect(first.body).toMatchObject({ status: "disabled", disabledBy: expect.any(String) });
    const late = await patch(id, { status: "enabled" }, { "if-match": tag });
    expect(late.status).toBe(412);
    expect(late.body.type).toBe("/problems/endpoint_changed");
    const now = first.headers.get("etag") ?? "";
    const second = await patch(id, { status: "enabled" }, { "if-match": now });
    expect(second.body).toMatchObject({ status: "enabled", disabledBy: null });
  });

  test("gets a new secret beside the old one for as long as is wished", async () => {
    const { id, secret } = await added();
    const key = randomUUID();
    const rotated = await post(`/${id}/rotate-secret`, { overlapHours: 2 }, key);
    expect(rotated.body.secret).not.toBe(secret);
    const left = Date.parse(rotated.body.oldSecretUntil) - Date.now();
    expect(left).toBeGreaterThan(1.9 * 3_600_000);
    expect(left).toBeLessThan(2.1 * 3_600_000);
    const again = await post(`/${id}/rotate-secret`, { overlapHours: 2 }, key);
    expect(again.body).toEqual(rotated.body);
    const atOnce = await post(`/${id}/rotate-secret`, { overlapHours: 0 });
    expect(atOnce.body.oldSecretUntil).toBeNull();
    expect(new Set([secret, rotated.body.secret, atOnce.body.secret]).size).toBe(3);
  });

  test("is one of twenty at most", async () => {
    const shop = await createShop(api.db, { name: "Keen", currency: "gbp", origins: [] });
    const { key: as } = await createKey(api.db, shop.id, "secret");
    const add = () => api.ask(home, { as, json: { url }, key: randomUUID() });
    for (let made = 0; made < 18; made++) expect((await add()).status).toBe(201);
    const answers = await Promise.all(Array.from({ length: 4 }, add));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 201, 409, 409]);
  });
});
