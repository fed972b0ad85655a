import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";
import { verified } from "../workers/endpoint-desk.ts";
import { startReceiver } from "../workers/receiver.ts";

const full = process.env["AURORA_TEST_FULL"] === "1";
const orders = full ? 400 : 40;
/** Every so many calls is refused, and tried again a second later. */
const refusedEvery = 7;

let world: World;
let store: Storefront;
let db: Db;
beforeAll(async () => {
  world = await startTestWorld({
    processes: [
      ...["web", "reservation", "payment", "status", "notification", "notification", "sweeper"],
    ],
    settings: {
      WEBHOOK_ALLOW_PRIVATE: "true",
      WEBHOOK_TIMEOUT_SECONDS: "0.5",
      WEBHOOK_RETRY_SECONDS: "1",
      WEBHOOK_PROBE_SECONDS: "1",
    },
  });
  store = await openStorefront(world);
  db = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 }, quiet);
}, 60_000);
afterAll(async () => {
  await db?.destroy();
  await world?.stop();
});

test("each event is told, though both workers are killed and it is often refused", async () => {
  const receiver = await startReceiver();
  let calls = 0;
  receiver.answers((response) => {
    calls++;
    response.writeHead(calls % refusedEvery === 0 ? 503 : 204).end();
  });
  const { body: endpoint } = await store.shop<{ id: string; secret: string }>(
    "POST",
    "/v1/webhook-endpoints",
    { body: { url: receiver.url }, idempotencyKey: randomUUID() },
  );
  await store.sell("TOLD", orders);
  const placing = Array.from({ length: orders }, () => {
    return store.order([{ sku: "TOLD", quantity: 1 }]);
  });
  await receiver.untilTold(5);
  await world.child("notification").restart("SIGKILL");
  const placed = await Promise.all(placing);
  await world.child("notification-2").restart("SIGKILL");
  for (const { id } of placed) await store.untilPayable(id, 60_000);

  await waitFor(
    "all to be told",
    async () => {
      const { rows } = await sql<{ status: string; count: number }>`
        SELECT status, count(*)::integer FROM webhook_deliveries
        WHERE endpoint_id = ${endpoint.id}::uuid GROUP BY 1`.execute(db);
      if (rows.length === 1 && rows[0]?.status === "delivered") return true;
      throw new Error(JSON.stringify(rows));
    },
    { timeoutMs: 90_000 },
  );
  const heard = new Set(receiver.events().map(({ id }) => id));
  const { rows: events } = await sql<{ id: string }>`
    SELECT order_id || '-' || seq AS id FROM order_events`.execute(db);
  expect(events.length).toBeGreaterThanOrEqual(4 * orders);
  expect(events.filter(({ id }) => !heard.has(id))).toEqual([]);
  expect(heard.size).toBe(events.length);
  expect(receiver.told.map((each) => verified(each, endpoint.secret))).toHaveLength(calls);
  const broken = await checkInvariants(db, allInvariants({ patienceSeconds: 120 }));
  expect(broken.filter((finding) => finding.broken > 0)).toEqual([]);
}, 240_000);
