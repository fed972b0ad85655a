import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkWorld } from "../../scripts/world/check-world.ts";
import type { World } from "../../scripts/world/world.ts";
import { connect } from "../../src/db/connect.ts";
import { quiet } from "../support/settings.ts";
import { openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

type Ledger = { intents: { refunds: { amount: number }[] }[] };
type Request = { method: string; path: string; at: string };

/** One kill strikes so many refunds; 100 in all with AURORA_TEST_FULL=1. */
const struck = 20;
const kills = process.env["AURORA_TEST_FULL"] === "1" ? 5 : 1;
const orders: string[] = [];
let world: World;
let store: Storefront;

beforeAll(async () => {
  world = await startTestWorld({
    processes: ["web", "reservation", "payment", "status", "notification", "sweeper"],
  });
  store = await openStorefront(world);
  await store.sell("killed", 1_000, 500);
}, 60_000);
afterAll(() => world?.stop());

async function sold(): Promise<string> {
  const { id } = await store.order([{ sku: "killed", quantity: 1 }]);
  await store.pay(id);
  await store.until(id, "paid");
  orders.push(id);
  return id;
}

async function refund(id: string): Promise<void> {
  const wish = { body: { reason: "goodwill", amountMinor: 200 }, idempotencyKey: randomUUID() };
  await store.shop("POST", `/v1/orders/${id}/refunds`, wish);
}

/** Stripe was asked for so many refunds since then. */
function untilAsked(times: number, since: Date) {
  return waitFor(`${times} requests for refunds`, async () => {
    const { body } = await store.sandbox<Request[]>("GET", "/_sandbox/stripe/requests");
    const refunds = body.filter(({ method, path }) => `${method} ${path}` === "POST /v1/refunds");
    return refunds.filter(({ at }) => new Date(at) >= since).length >= times;
  });
}

async function refundsAtStripe(id: string): Promise<number[]> {
  const { body } = await store.sandbox<Ledger>("GET", `/_sandbox/stripe/ledger?orderId=${id}`);
  return body.intents.flatMap(({ refunds }) => refunds.map(({ amount }) => amount));
}

const payment = () => world.child("payment");
const refundAll = (ids: readonly string[]) => Promise.all(ids.map(refund));

const killing: Record<string, (ids: readonly string[]) => Promise<void>> = {
  async "before the call"(ids) {
    await payment().kill();
    await refundAll(ids);
    payment().start();
  },
  async "amid the calls"(ids) {
    const since = new Date();
    const asking = refundAll(ids);
    await untilAsked(1, since);
    await payment().restart("SIGKILL");
    await asking;
  },
  "in the call, before Stripe did anything": (ids) => killInCall(ids, false),
  "in the call, after Stripe did it": (ids) => killInCall(ids, true),
};

async function killInCall(ids: readonly string[], executed: boolean): Promise<void> {
  const since = new Date();
  const fault = { service: "stripe", route: "POST /v1/refunds", kind: "hang", executed };
  await store.sandbox("POST", "/_sandbox/faults", { body: { ...fault, times: ids.length } });
  await refundAll(ids);
  await untilAsked(ids.length, since);
  await payment().restart("SIGKILL");
}

describe("F29: the payment process is killed", () => {
  test.each(Object.entries(killing))(
    `%s, with ${struck} refunds in hand: one refund each`,
    async (_when, kill) => {
      for (let round = 0; round < kills; round++) {
        const ids = await Promise.all(Array.from({ length: struck }, sold));
        await kill(ids);
        await Promise.all(ids.map((id) => store.untilHappened(id, "refund_succeeded", 40_000)));
        for (const id of ids) expect(await refundsAtStripe(id)).toEqual([200]);
      }
    },
    600_000,
  );

  test("and in the end all books agree", async () => {
    const db = connect({ DATABASE_URL: world.databaseUrl, DATABASE_POOL: 2 }, quiet);
    try {
      const standIns = { stripe: world.sandboxUrl, mail: undefined };
      const findings = await checkWorld(db, standIns, { patienceSeconds: 60 }, orders);
      expect(findings.filter(({ broken }) => broken > 0)).toEqual([]);
      const told = await db
        .selectFrom("notifications")
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .where("template", "=", "order_refunded")
        .where("channel", "=", "email")
        .executeTakeFirstOrThrow();
      expect(told.count).toBe(orders.length);
    } finally {
      await db.destroy();
    }
  });
});
