import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../../scripts/world/child.ts";
import { freePort } from "../../scripts/world/ports.ts";
import type { World } from "../../scripts/world/world.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { reserveOrders } from "../../src/orders/reserve-orders.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { openShop, placed, requestOf, stockOf, stockProduct } from "../support/shop.ts";
import { type OrderJson, openStorefront, type Storefront } from "../support/storefront.ts";
import { waitFor } from "../support/wait-for.ts";
import { startTestWorld } from "../support/world.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("many buyers at once, over HTTP", () => {
  let world: World;
  let store: Storefront;
  let secondWeb: Child;
  let doors: string[];

  beforeAll(async () => {
    world = await startTestWorld({ processes: ["web", "reservation"] });
    store = await openStorefront(world);
    const port = String(await freePort());
    doors = [world.apiUrl, `http://127.0.0.1:${port}`];
    const env = { ...world.settings, PORT: port };
    secondWeb = new Child({ name: "second web", args: ["src/api/server.ts"], env });
    secondWeb.start();
    await waitFor("the second web", async () => (await fetch(`${doors[1]}/readyz`)).ok);
  }, 60_000);
  afterAll(async () => {
    await secondWeb?.stop();
    await world?.stop();
  });

  async function post(nth: number, lines: object[], key: string) {
    const answer = await fetch(`${doors[nth % 2]}/v1/orders`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${store.secretKey}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      body: JSON.stringify({ contact: { email: "buyer@shop.example", name: "A Buyer" }, lines }),
    });
    return {
      status: answer.status,
      replayed: answer.headers.get("idempotent-replayed") === "true",
      order: (await answer.json()) as OrderJson,
    };
  }

  test("50 parallel posts with one key at two web processes make one order", async () => {
    await store.sell("One-key", 100);
    const key = randomUUID();
    const answers = await Promise.all(
      range(50).map((nth) => post(nth, [{ sku: "One-key", quantity: 1 }], key)),
    );
    expect(answers.map(({ status }) => status)).toEqual(range(50).map(() => 202));
    expect(new Set(answers.map(({ order }) => order.id)).size).toBe(1);
    expect(new Set(answers.map(({ order }) => order.orderToken)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const { body } = await store.shop<{ data: OrderJson[] }>("GET", "/v1/orders");
    expect(body.data).toHaveLength(1);
  });

  test("200 buyers for 10 units sell exactly 10", async () => {
    await store.sell("Rare", 10);
    const answers = await Promise.all(
      range(200).map((nth) => post(nth, [{ sku: "Rare", quantity: 1 }], randomUUID())),
    );
    const ends = await Promise.all(
      answers.map(({ order }) =>
        waitFor(
          "an answer from the stock",
          async () => {
            const { status } = await store.read(order.id);
            return status === "reserving" ? undefined : status;
          },
          { timeoutMs: 20_000 },
        ),
      ),
    );
    expect(ends.filter((status) => status === "awaiting_payment")).toHaveLength(10);
    expect(ends.filter((status) => status === "rejected")).toHaveLength(190);
    const stock = await store.shop<{ reserved: number }>("GET", "/v1/stock/Rare");
    expect(stock.body.reserved).toBe(10);
  });
});

describe("many batches at once", () => {
  const database = useDatabase();

  test("200 orders for 10 units, reserved twice through four pools, hold exactly 10", async () => {
    const settings = testSettings(database.url);
    // A crowd on a busy machine waits for its connection: it is no outage.
    const pools: Db[] = range(4).map(() =>
      connect({ ...settings, DATABASE_POOL: 4 }, quiet, { connectSeconds: 15 }),
    );
    const [db] = pools as [Db, ...Db[]];
    const shop = await openShop(db);
    await stockProduct(db, "scarce", 10);
    const wishes = range(200).map(() => requestOf(shop, [{ sku: "scarce", quantity: 1 }]));
    const ids = await placed(db, settings, ...wishes);

    const batches = range(40).map((nth) => ids.filter((_, index) => index % 20 === nth % 20));
    await Promise.all(
      batches.map((batch, nth) =>
        inTransaction(pools[nth % 4] ?? db, (trx) => reserveOrders(trx, settings, batch)),
      ),
    );

    const { rows } = await sql<{ status: string; count: number }>`
      SELECT status, count(*) FROM orders GROUP BY 1 ORDER BY 1`.execute(db);
    expect(rows).toEqual([
      { status: "awaiting_payment", count: 10 },
      { status: "rejected", count: 190 },
    ]);
    expect(await stockOf(db, "scarce")).toEqual({ on_hand: 10, reserved: 10 });
    await Promise.all(pools.map((pool) => pool.destroy()));
  });
});
