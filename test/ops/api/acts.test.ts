import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { roles } from "../../../src/ops/access/roles.ts";
import { actNames } from "../../../src/ops/acts/act.ts";
import { paidOrder, reservedOrder } from "../../support/api-money.ts";
import { addProduct } from "../../support/shop-floor.ts";
import { problemOf, useOpsApi } from "./desk.ts";

const { api, ask, act, versionOf } = useOpsApi();

async function awaiting() {
  const sku = `sku-${randomUUID().slice(0, 8)}`;
  await addProduct(api, sku, { stock: 5 });
  const { id } = await reservedOrder(api, sku);
  return { id, version: await versionOf(id) };
}

async function paid() {
  const sku = `sku-${randomUUID().slice(0, 8)}`;
  await addProduct(api, sku, { stock: 5 });
  const { id } = await paidOrder(api, sku);
  return { id, version: await versionOf(id) };
}

describe("POST /ops/api/orders/{id}/acts/{act}", () => {
  test("does it, answers the order's new version, and replays the same key", async () => {
    const { id, version } = await awaiting();
    const wish = { input: { minutes: 5 }, version, key: randomUUID() };
    const first = await act(id, "extend_hold", wish);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ dryRun: false, replayed: false, order: { id } });
    expect(first.body.order.version).toBe(await versionOf(id));
    expect(first.headers.get("etag")).toBe(`"${first.body.order.version}"`);
    const again = await act(id, "extend_hold", wish);
    expect(again.body).toMatchObject({ replayed: true, actId: first.body.actId });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const other = await act(id, "extend_hold", { ...wish, input: { minutes: 6 } });
    expect(problemOf(other)).toMatchObject({ status: 422, code: "idempotency_key_reused" });
  });

  test("says in a dry run what it would do, without key, version and reason", async () => {
    const { id, version } = await awaiting();
    const json = { input: { to: "cancelled" }, dryRun: true };
    const { status, body } = await ask(`/orders/${id}/acts/set_status`, { json, key: "none" });
    expect([status, body.dryRun, body.plan.possible]).toEqual([200, true, true]);
    expect(body.plan.effects.length).toBeGreaterThan(0);
    expect(await versionOf(id)).toBe(version);
    const not = await act(id, "order_again", { dryRun: true });
    expect(not.body.plan).toMatchObject({ possible: false, code: "order_not_over" });
  });

  test("needs the version that the operator saw, and shows another one's state", async () => {
    const { id, version } = await awaiting();
    expect(problemOf(await act(id, "settle"))).toMatchObject({
      ...{ status: 428, type: "/problems/version_required" },
    });
    const stale = await act(id, "settle", { version: version - 1 });
    expect(problemOf(stale)).toEqual({
      ...{ status: 409, type: "/problems/order_changed", code: "order_changed" },
    });
    expect(stale.body.present).toMatchObject({ id, version, status: "awaiting_payment" });
    expect(stale.body.present.diagnosis).toMatch(/\.$/);
    const odd = await act(id, "settle", { version: "seven" });
    expect(odd.body.errors).toMatchObject([{ field: "If-Match" }]);
    const any = await act(id, "settle", { headers: { "if-match": "*" } });
    expect(any.body.errors).toMatchObject([{ field: "If-Match" }]);
  });

  test("refuses what the order does not allow, with what to do instead", async () => {
    const { id, version } = await paid();
    const refused = await act(id, "release_hold", { version });
    expect(problemOf(refused)).toEqual({
      ...{ status: 409, type: "/problems/act_refused", code: "already_paid" },
    });
    expect(refused.body.detail).toBe("The order is paid: cancel it to free its goods.");
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(refused.body.requestId).toMatch(/\S/);
  });

  test("names the fields that are wrong", async () => {
    const { id, version } = await paid();
    const wrong = await act(id, "refund", { version, input: { reason: "a whim" } });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors).toMatchObject([{ field: "input.reason" }]);
    const bare = { json: { input: {} }, version };
    const unsaid = await ask(`/orders/${id}/acts/settle`, bare);
    expect(unsaid.body.errors).toMatchObject([{ field: "reason" }]);
    const short = await ask(`/orders/${id}/acts/settle`, {
      ...{ json: { reason: "a reason" }, version, key: "short" },
    });
    expect(short.body.errors).toMatchObject([{ field: "Idempotency-Key" }]);
    const more = await ask(`/orders/${id}/acts/settle`, { json: { force: true }, version });
    expect(more.status).toBe(422);
  });

  test("knows no other order, act or address", async () => {
    const { id, version } = await paid();
    const nobody = await act(randomUUID(), "settle", { version: 1 });
    expect(problemOf(nobody)).toMatchObject({ status: 404, type: "/problems/order_not_found" });
    const unknown = await act(id, "fly", { version });
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: "act_not_found" });
    expect((await ask("/nothing")).status).toBe(404);
  });

  test("says that Stripe is away, and that it may be tried again", async () => {
    const { id } = await paid();
    await api.db
      .updateTable("payments")
      .set({ intent_id: `pi_${randomUUID()}` })
      .where("order_id", "=", id)
      .execute();
    const away = await act(id, "check", { version: await versionOf(id) });
    expect(problemOf(away)).toMatchObject({ status: 503, code: "stripe_unreachable" });
    expect(away.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  test.each(roles.flatMap((role) => actNames.map((name) => [role, name] as const)))(
    "as %s, %s is allowed or forbidden by the role alone",
    async (as, name) => {
      const { status } = await act(randomUUID(), name, { as, version: 1 });
      // Who may do it is told that there is no such order, or what the act needs besides.
      expect(status === 403).toBe(as === "viewer");
      expect([403, 404, 422]).toContain(status);
    },
  );

  test("leaves paid by other means to admins, and opens to nobody else", async () => {
    const { id, version } = await awaiting();
    const wish = { input: { to: "paid", reference: "till 7" }, version };
    const refused = await act(id, "set_status", wish);
    expect(problemOf(refused)).toMatchObject({ status: 403, code: "role_too_low" });
    const done = await act(id, "set_status", { ...wish, as: "admin" });
    expect(done.body).toMatchObject({ order: { status: "paid" } });
    const stranger = await api.ask(`/ops/api/orders/${id}/acts/settle`, { json: {} });
    expect(stranger.status).toBe(401);
    const shop = { json: {}, as: api.secretKey };
    expect((await api.ask(`/ops/api/orders/${id}/acts/settle`, shop)).status).toBe(401);
  });
});

describe("POST /ops/api/acts/{act}", () => {
  test("acts on a group, each order by itself", async () => {
    const [one, other] = [await awaiting(), await paid()];
    const json = { orders: [one, other], input: { minutes: 5 }, reason: "a campaign" };
    const { status, body } = await ask("/acts/extend_hold", { json });
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { orderId: one.id, result: "done" },
      { orderId: other.id, result: "refused", code: "not_awaiting_payment" },
    ]);
  });

  test("replays an event and requeues a job that belong to no order", async () => {
    const json = { input: { eventId: "evt_unknown" }, reason: "seen in the log" };
    const unknown = await ask("/acts/replay_webhook", { json });
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: "event_not_found" });
    const job = { queue: "status", jobId: `apply_event-evt_unknown-1-0` };
    const nothing = await ask("/acts/requeue_job", { json: { input: job, reason: "a look" } });
    expect(problemOf(nothing)).toMatchObject({ status: 409, code: "nothing_waits" });
    const bulk = await ask("/acts/settle", { json: { reason: "a reason" } });
    expect(bulk.status).toBe(422);
  });
});

test("GET /ops/api/acts tells every act with its role and its input", async () => {
  const { body } = await ask("/acts", { as: "viewer" });
  expect(body.acts.map(({ name }: { name: string }) => name)).toEqual(actNames);
  const [setStatus] = body.acts.filter(({ name }: { name: string }) => name === "set_status");
  expect(setStatus).toMatchObject({
    ...{ title: "Set the status", role: "operator" },
    roles: { cancelled: "operator", expired: "operator", paid: "admin" },
    input: { type: "object", properties: { to: { enum: ["cancelled", "expired", "paid"] } } },
  });
});

test("GET /ops/api/acts tells what only admins may say to admins alone", async () => {
  const saysOf = async (as: "viewer" | "operator" | "admin") => {
    const { body } = await ask("/acts", { as });
    const settle = body.acts.find(({ name }: { name: string }) => name === "settle");
    return settle.input.properties;
  };
  expect(await saysOf("viewer")).toEqual({});
  expect(await saysOf("operator")).toEqual({});
  const { returned, ...rest } = await saysOf("admin");
  expect(returned).toMatchObject({ type: "string", title: "How the money went back" });
  expect([returned.forRole, rest]).toEqual([undefined, {}]);
});
