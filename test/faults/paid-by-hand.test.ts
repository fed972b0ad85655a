import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { checkWorld } from "../../scripts/world/check-world.ts";
import { connect } from "../../src/db/connect.ts";
import { createKey } from "../../src/orders/shops.ts";
import { quiet } from "../support/settings.ts";
import { untilAllIsWell, untilPayable, useTrack } from "./race-track.ts";

const track = useTrack({}, ["web", "worker"]);
const wishes = [
  { status: "paid" },
  { status: "paid", payment: { status: "captured", capturedMinor: 250 } },
  { event: "payment_captured" },
  { capturedMinor: 250, actor: "stripe" },
];
/** Nearly as many as the API had when this was written: an empty description tries nothing. */
const fewestOperations = 12;
/** Where somebody who wants an order to be paid without money would try. */
const doors = (id: string) => [
  ...["PUT", "PATCH", "POST", "DELETE"].map((method) => [method, `/v1/orders/${id}`]),
  ...["pay", "paid", "status", "capture", "complete", "advance", "mark_paid", "events"].flatMap(
    (verb) => ["POST", "PUT", "PATCH"].map((method) => [method, `/v1/orders/${id}/${verb}`]),
  ),
  ...["payment", "payments", "payment/capture", "payment/refresh/paid"].flatMap((part) =>
    ["POST", "PUT", "PATCH"].map((method) => [method, `/v1/orders/${id}/${part}`]),
  ),
  ["POST", "/v1/payments"],
  ["POST", "/v1/webhooks/stripe"],
  ["POST", `/v1/orders/${id}/refunds`],
];

/** What the API says of itself, about an order: whatever route is added is tried by itself. */
async function describedDoors(id: string): Promise<string[][]> {
  const answer = await fetch(`${track.world.apiUrl}/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => [
      method.toUpperCase(),
      path.replaceAll(/\{\w+\}/g, id),
    ]),
  );
}

async function waitingOrder() {
  const sku = `By-hand-${randomUUID().slice(0, 8)}`;
  await track.store.sell(sku, 5);
  const { id, orderToken = "" } = await track.store.order([{ sku, quantity: 1 }]);
  await untilPayable(track, sku, 1);
  return { id, orderToken };
}

async function publishableKey(): Promise<string> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM shops LIMIT 1`.execute(track.db);
  const db = connect({ DATABASE_URL: track.world.databaseUrl, DATABASE_POOL: 1 }, quiet);
  try {
    return (await createKey(db, rows[0]?.id ?? "", "publishable")).key;
  } finally {
    await db.destroy();
  }
}

test("F31: no route of the API makes an order paid without money", async () => {
  const { id, orderToken } = await waitingOrder();
  const bearers = [orderToken, await publishableKey(), track.store.secretKey];
  const statuses = new Map<number, number>();
  const knock = async (bearer: string, [method = "", path = ""]: string[], wish: object) => {
    const answer = await fetch(`${track.world.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        "content-type": "application/json",
        "idempotency-key": randomUUID(),
      },
      ...(method === "GET" ? {} : { body: JSON.stringify(wish) }),
    });
    const { status } = answer;
    expect(status, `${method} ${path} ${await answer.text()}`).toBeLessThan(500);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    return status;
  };
  const described = await describedDoors(id);
  expect(described.length).toBeGreaterThanOrEqual(fewestOperations);
  for (const bearer of bearers) {
    for (const wish of wishes) {
      for (const door of doors(id)) {
        expect(await knock(bearer, door, wish), door.join(" ")).toBeGreaterThanOrEqual(400);
      }
      // Reading is allowed, and so is asking to look at Stripe again: it finds no money there.
      for (const door of described) await knock(bearer, door, wish);
    }
  }
  const told = [...statuses].map(([status, times]) => `${times} with ${status}`).join(", ");
  console.log(`F31: ${bearers.length} keys' attempts were answered: ${told}`);
  console.log(`F31: ${described.length} operations that the API describes were among them`);
  const order = await track.store.read(id);
  expect(order).toMatchObject({ status: "awaiting_payment", payment: { status: "pending" } });
  await untilAllIsWell(track);
}, 60_000);

test("F31: a status that a new order brings along is refused", async () => {
  const lines = [{ sku: "Plain", quantity: 1 }];
  await track.store.sell("Plain", 5);
  expect((await track.store.order(lines)).status).toBe("reserving");
  for (const wish of wishes) {
    await expect(track.store.order(lines, wish)).rejects.toThrow(/answered with 4\d\d/);
  }
});

test("F31: what is written by hand without money is found by the invariants", async () => {
  const { id } = await waitingOrder();
  const broken = async () => {
    const findings = await checkWorld(track.db, track.standIns, { patienceSeconds: 30 });
    return findings.filter((finding) => finding.broken > 0).map(({ name }) => name);
  };
  const paid = sql`UPDATE orders SET status = 'paid', due_at = NULL, expires_at = NULL
    WHERE id = ${id}`;
  await paid.execute(track.db);
  expect(await broken()).toContain("paid_means_captured");
  await sql`UPDATE payments SET status = 'captured', captured_minor = amount_minor,
    captured_currency = currency, captured_at = now(), client_secret = NULL, due_at = NULL
    WHERE order_id = ${id}`.execute(track.db);
  const names = await broken();
  expect(names).not.toContain("paid_means_captured");
  expect(names).toContain("ledger_equals_payments");
  expect(names).toContain("stripe_captured_what_we_captured");
}, 60_000);
