import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { systemProblems } from "../../../src/ops/problems.ts";
import { listenTo } from "../../invariants/told-world.ts";
import { reservedOrder } from "../../support/api-money.ts";
import { addProduct } from "../../support/shop-floor.ts";
import { problemOf, useOpsApi } from "../api/desk.ts";

const { api, ask, act: actOnOrder, versionOf } = useOpsApi();

function act(id: string, name: string, more: Parameters<typeof ask>[1] & { input?: object } = {}) {
  const { input = {}, ...rest } = more;
  const json = { input, reason: "their server was moved" };
  return ask(`/webhook-endpoints/${id}/acts/${name}`, { json, ...rest });
}

function plan(id: string, name: string, input: object = {}) {
  return ask(`/webhook-endpoints/${id}/acts/${name}`, { json: { input, dryRun: true } });
}

/** An endpoint of the shop, and an order that it was to hear of. */
async function listening() {
  const id = await listenTo(api.db, api.shop.id);
  const sku = `told-${randomUUID().slice(0, 8)}`;
  await addProduct(api, sku, { stock: 5 });
  return { id, order: await reservedOrder(api, sku) };
}

async function rowsOf(endpointId: string) {
  return await api.db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("endpoint_id", "=", endpointId)
    .orderBy("nr")
    .execute();
}

const range = () => ({
  after: new Date(Date.now() - 3_600_000).toISOString(),
  before: new Date(Date.now() + 60_000).toISOString(),
});

describe("an act on an endpoint", () => {
  test("is done once per key, at the version that was seen, and stands in the audit", async () => {
    const { id } = await listening();
    const key = randomUUID();
    const unseen = await act(id, "disable_endpoint", { key });
    expect(problemOf(unseen)).toMatchObject({ status: 428, code: "version_required" });
    const first = await act(id, "disable_endpoint", { key, version: 1 });
    expect(first.body).toMatchObject({
      endpoint: { status: "disabled", disabledBy: "ops:operator", version: 2 },
    });
    const again = await act(id, "disable_endpoint", { key, version: 1 });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const late = await act(id, "enable_endpoint", { version: 1 });
    expect(problemOf(late)).toMatchObject({ status: 409, code: "endpoint_changed" });
    const acts = await api.db
      .selectFrom("operator_acts")
      .select(["act", "actor", "reason"])
      .where("subject", "=", id)
      .execute();
    expect(acts).toEqual([
      { act: "disable_endpoint", actor: "ops:operator", reason: "their server was moved" },
    ]);
  });

  test("of two at once is done by one", async () => {
    const { id } = await listening();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => act(id, "disable_endpoint", { version: 1 })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409, 409, 409, 409]);
  });

  test("is not for viewers", async () => {
    const { id } = await listening();
    for (const name of ["replay_events", "enable_endpoint", "disable_endpoint", "try_endpoint"]) {
      const input = name === "replay_events" ? range() : {};
      const refused = await act(id, name, { as: "viewer", version: 1, input });
      expect(problemOf(refused)).toMatchObject({ status: 403 });
    }
    expect((await ask("/webhook-endpoints", { as: "viewer" })).status).toBe(200);
  });

  test("says in a dry run what it would do, and changes nothing", async () => {
    const { id } = await listening();
    const before = await rowsOf(id);
    const { body } = await plan(id, "replay_events", range());
    expect(body.plan.effects[0]).toMatch(/^\d+ events are told once more/);
    expect(body.endpoint.version).toBe(1);
    await act(id, "disable_endpoint", { version: 1 });
    const refused = await plan(id, "replay_events", range());
    expect(refused.body.plan).toMatchObject({ possible: false, code: "endpoint_disabled" });
    expect(await rowsOf(id)).toHaveLength(before.length);
    const wrong = await plan(id, "replay_events", { ...range(), before: "yesterday" });
    expect(wrong.body.errors[0]).toMatchObject({ field: "input.before" });
  });

  test("tells a range again, in rows that point to the first", async () => {
    const { id, order } = await listening();
    const { body } = await act(id, "replay_events", { version: 1, input: range() });
    const rows = (await rowsOf(id)).filter(({ order_id }) => order_id === order.id);
    const told = rows.filter(({ kind }) => kind === "event");
    const again = rows.filter(({ kind }) => kind === "replay");
    expect(again.map(({ replay_of }) => replay_of)).toEqual(told.map((row) => row.id));
    expect(body.outcome.count).toBeGreaterThanOrEqual(told.length);
  });

  test("sends a trial, also to one that fails", async () => {
    const { id } = await listening();
    await fails(id);
    const { body } = await act(id, "try_endpoint", { version: 1 });
    const row = (await rowsOf(id)).find((each) => each.id === body.outcome.deliveryId);
    expect(row).toMatchObject({ kind: "test", status: "pending", order_id: null });
  });
});

/** Puts an endpoint into the state of one that failed for so many minutes. */
async function fails(id: string, minutes = 11): Promise<void> {
  await sql`
    UPDATE webhook_endpoints SET status = 'failing', failures = 5, due_at = now(),
      down_since = now() - make_interval(mins => ${minutes}), failure = 'It answered 503.'
    WHERE id = ${id}::uuid`.execute(api.db);
}

describe("a delivery that was given up", () => {
  test("is a problem of its order until it is told again, or dealt with", async () => {
    const { id, order } = await listening();
    const [first] = await rowsOf(id);
    await sql`
      UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, ended_at = now(), tries = 15,
        reason = 'It answered 500.' WHERE id = ${first?.id}`.execute(api.db);
    const isProblem = async () => {
      const { body } = await ask("/problems?code=webhook_out_failing");
      return body.problems.some(({ orderId }: { orderId: string }) => orderId === order.id);
    };
    expect(await isProblem()).toBe(true);
    const found = await ask(`/search?q=${first?.id}`);
    expect(found.body.hits).toMatchObject([{ kind: "order", orderId: order.id }]);
    const input = { deliveryId: first?.id };
    const version = await versionOf(order.id);
    const { body } = await actOnOrder(order.id, "replay_delivery", { input, version });
    expect(body.outcome).toMatchObject({ replayOf: first?.id });
    expect(await isProblem()).toBe(false);
    const now = await versionOf(order.id);
    const twice = await actOnOrder(order.id, "replay_delivery", {
      input: { deliveryId: body.outcome.deliveryId },
      version: now,
    });
    expect(problemOf(twice)).toMatchObject({ status: 409, code: "delivery_under_way" });
  });
});

describe("an endpoint in trouble", () => {
  const problemsOf = async (id: string) => {
    const problems = await systemProblems(api);
    return problems.filter(({ subjects }) => subjects.includes(id)).map(({ code }) => code);
  };

  test("is a problem of the whole once it fails for ten minutes, or is disabled", async () => {
    const { id } = await listening();
    expect(await problemsOf(id)).toEqual([]);
    await fails(id, 5);
    expect(await problemsOf(id)).toEqual([]);
    await fails(id, 11);
    expect(await problemsOf(id)).toEqual(["endpoint_failing"]);
    await sql`
      UPDATE webhook_endpoints SET status = 'disabled', disabled_by = 'failure', due_at = NULL
      WHERE id = ${id}::uuid`.execute(api.db);
    expect(await problemsOf(id)).toEqual(["endpoint_disabled"]);
    await act(id, "enable_endpoint", { version: 1 });
    expect(await problemsOf(id)).toEqual([]);
  });

  test("is none where a person has disabled it", async () => {
    const { id } = await listening();
    await act(id, "disable_endpoint", { version: 1 });
    expect(await problemsOf(id)).toEqual([]);
  });
});
