import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import type { PlanOf } from "../../src/ops/diagnosis.ts";
import { endpointsSeen, readEndpoints } from "../../src/ops/endpoints/read-endpoints.ts";
import { collectFacts, collectMany } from "../../src/ops/facts/collect-facts.ts";
import { latestAct, listActs } from "../../src/ops/pages/audit/read-acts.ts";
import { readHealth } from "../../src/ops/pages/health/read-health.ts";
import {
  listHolders,
  listMovements,
  listStock,
  readStock,
  stockSeen,
} from "../../src/ops/pages/stock/read-stock.ts";
import {
  inboxSeen,
  listInbox,
  readEvent,
  readInboxState,
} from "../../src/ops/pages/webhooks/read-inbox.ts";
import { listProblems, systemProblems } from "../../src/ops/problems.ts";
import { search } from "../../src/ops/search.ts";
import { eraseLateTexts, erasePersons } from "../../src/orders/erase-persons.ts";
import { placesWithNews, readFeed } from "../../src/orders/feed.ts";
import { findOrder } from "../../src/orders/find-order.ts";
import { lockKin, lockWithKin, readKin } from "../../src/orders/kin.ts";
import { readNews, standingOf, watchList } from "../../src/orders/order-news.ts";
import { lockForPayments } from "../../src/orders/paying/payment-rows.ts";
import { listDeliveries } from "../../src/webhooks/list-deliveries.ts";
import { useDatabase } from "../support/database.ts";
import { expectIndexed, statementsOf, wholeReads } from "../support/explain.ts";
import { fillWithOrders } from "../support/many-orders.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { contactKey } from "../support/shop.ts";

/** The quick run is a sample; the promise is for 100,000 orders. */
const isFull = process.env["AURORA_TEST_FULL"] === "1";
const orderCount = isFull ? 100_000 : 10_000;
const database = useDatabase();
let db: Db;
let settings: Settings;
let orderId: string;
beforeAll(async () => {
  settings = testSettings(database.url);
  db = connect(settings, quiet, { statementSeconds: 120 });
  orderId = await fillWithOrders(db, orderCount);
}, 180_000);
afterAll(() => db.destroy());

const nothing = { stripe: false, jobs: false };
const planOf: PlanOf = () => ({ possible: true, effects: [] });

describe(`with ${orderCount.toLocaleString("en")} orders, an index finds`, () => {
  test("all facts of an order", async () => {
    await expectIndexed(db, (db) => collectFacts({ db, settings }, orderId, nothing));
  });

  test("an order's kin, and that of many payments at once", async () => {
    const orders = await db.selectFrom("orders").select("id").orderBy("id").limit(100).execute();
    const payments = await db.selectFrom("payments").select("id").limit(100).execute();
    const ids = orders.map(({ id }) => id);
    await expectIndexed(db, (db) => readKin(db, ids));
    await expectIndexed(db, (db) => inTransaction(db, (trx) => lockKin(trx, ids)));
    await expectIndexed(db, (db) => inTransaction(db, (trx) => lockWithKin(trx, ids)));
    const paymentIds = payments.map(({ id }) => id);
    await expectIndexed(db, (db) => inTransaction(db, (trx) => lockForPayments(trx, paymentIds)));
  });

  test("the facts of a list of orders", async () => {
    const rows = await db.selectFrom("orders").select("id").orderBy("id").limit(50).execute();
    const ids = rows.map(({ id }) => id);
    await expectIndexed(db, (db) => collectMany({ db, settings }, ids));
  });

  test("the orders that need a person, and what else is the matter", async () => {
    const list = (after?: string) => (db: Db) =>
      listProblems({ db, settings, planOf }, { limit: 100, after });
    await expectIndexed(db, list());
    await expectIndexed(db, list(`0~1000~${orderId}`));
    await expectIndexed(db, (db) => systemProblems({ db, settings }));
  });

  test.each([
    "5 and a bit",
    "A87F-F679-A2F3",
    "buyer@shop.example",
    "+447700900123",
    "pi_bulk_77",
    "ch_bulk_75",
    "re_bulk_75",
    "du_bulk_76",
    "evt_bulk_77",
    "bulk-77",
    "SG.bulk.77",
    "01900000-0000-7000-8000-000000000001",
  ])("whatever is searched for, such as %s", async (query) => {
    const contacts = contactSafe([contactKey]);
    await expectIndexed(db, (db) => search({ db, contacts }, { role: "admin" }, query));
  });

  test("stock, who holds it and what moved it", async () => {
    await expectIndexed(db, (db) => listStock(db, { begins: "bulk-1", after: "bulk-11" }));
    await expectIndexed(db, (db) => readStock(db, "BULK-7"));
    await expectIndexed(db, (db) => listHolders(db, "bulk-7"));
    await expectIndexed(db, (db) => listMovements(db, "bulk-7", 1_000));
    await expectIndexed(db, (db) => stockSeen(db, ["bulk-7", "bulk-8"]));
  });

  test("Stripe's events, and how they reach us", async () => {
    const every = { status: null, type: null, source: null, age: null, before: null };
    const before = { micros: Date.now() * 1_000, id: "evt_bulk_77" };
    for (const query of [
      every,
      { ...every, before },
      { ...every, status: "received", before } as const,
      { ...every, status: "foreign" } as const,
      { ...every, type: "charge.dispute.closed", age: "week" } as const,
      { ...every, source: "cursor", before } as const,
      { ...every, source: "webhook", type: "payment_intent.succeeded" } as const,
    ]) {
      await expectIndexed(db, (db) => listInbox(db, query));
    }
    await expectIndexed(db, (db) => readEvent(db, "evt_bulk_77"));
    await expectIndexed(db, readInboxState);
    await expectIndexed(db, inboxSeen);
  });

  test("who is told of orders, and what each of them was told", async () => {
    const { id: endpointId } = await db
      .selectFrom("webhook_endpoints")
      .select("id")
      .executeTakeFirstOrThrow();
    await expectIndexed(db, (db) => readEndpoints(db));
    await expectIndexed(db, (db) => readEndpoints(db, endpointId));
    await expectIndexed(db, (db) => endpointsSeen(db));
    await expectIndexed(db, (db) => endpointsSeen(db, endpointId));
    await expectIndexed(db, (db) => listDeliveries(db, { endpointId, limit: 50, after: 5_000 }));
    for (const status of ["pending", "failed", "dropped", "delivered"] as const) {
      await expectIndexed(db, (db) => listDeliveries(db, { endpointId, status, limit: 50 }));
    }
  });

  test("an order as its shop reads it, with its parcels and what came back", async () => {
    await expectIndexed(db, (db) => findOrder(db, orderId));
  });

  test("the audit, and how Aurora itself is", async () => {
    const every = { actor: null, act: null, order: null, before: null };
    await expectIndexed(db, (db) => listActs(db, every));
    await expectIndexed(db, (db) => listActs(db, { ...every, order: orderId }));
    await expectIndexed(db, (db) => listActs(db, { ...every, order: "A87F-F679-A2F3" }));
    await expectIndexed(db, (db) => listActs(db, { ...every, before: orderId }));
    await expectIndexed(db, latestAct);
    await expectIndexed(db, (db) =>
      readHealth({ db, settings }, { isRedisReady: true, stripeAway: null }),
    );
  });

  test("the next page of the feed, wherever it is", async () => {
    const { shop_id: shopId } = await db
      .selectFrom("orders")
      .select("shop_id")
      .where("id", "=", orderId)
      .executeTakeFirstOrThrow();
    const page = { shopId, after: null, limit: 100, events: null };
    await expectIndexed(db, (db) => readFeed(db, page));
    const { cursor } = await readFeed(db, page);
    await expectIndexed(db, (db) => readFeed(db, { ...page, after: cursor }));
    await expectIndexed(db, (db) => readFeed(db, { ...page, events: ["dispute_opened"] }));
    await expectIndexed(db, (db) => placesWithNews(db, [{ shopId, after: cursor }]));
  });

  test("what is new of two thousand orders that are followed", async () => {
    const orders = await db.selectFrom("orders").select("id").limit(2_000).execute();
    const watched = orders.map(({ id }) => ({ orderId: id, after: 4 }));
    await expectIndexed(db, (db) => readNews(db, watchList(watched), 1_000));
    await expectIndexed(db, (db) => standingOf(db, { orderId, after: 2 }));
  });

  test("the persons whose time is over, and what was written of them", async () => {
    await sql`UPDATE order_contacts SET erase_at = now()
      WHERE order_id IN (SELECT id FROM orders ORDER BY id LIMIT 50)`.execute(db);
    const erase = (db: Db) => inTransaction(db, (trx) => erasePersons(trx, "-infinity"));
    await expectIndexed(db, async (db) => expect((await erase(db)).persons).toBe(50));
    await expectIndexed(db, (db) => inTransaction(db, eraseLateTexts));
  });

  test("nothing else: a query without an index is found out", async () => {
    const sent = await statementsOf(db, (db) =>
      db.selectFrom("orders").select("id").where("customer_ref", "=", "none").execute(),
    );
    expect(await wholeReads(db, sent)).toEqual([
      expect.stringMatching(/^orders .*customer_ref.*: select "id" from "orders"/),
    ]);
  });
});
