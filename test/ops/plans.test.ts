import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Settings } from "../../src/config.ts";
import { connect, type Db } from "../../src/db/connect.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import type { PlanOf } from "../../src/ops/diagnosis.ts";
import { collectFacts, collectMany } from "../../src/ops/facts/collect-facts.ts";
import { listProblems, systemProblems } from "../../src/ops/problems.ts";
import { search } from "../../src/ops/search.ts";
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

  test("the facts of a list of orders", async () => {
    const rows = await db.selectFrom("orders").select("id").orderBy("id").limit(50).execute();
    const ids = rows.map(({ id }) => id);
    await expectIndexed(db, (db) => collectMany({ db, settings }, ids));
  });

  test("the orders that need a person, and what else is the matter", async () => {
    const list = (after?: string) => (db: Db) =>
      listProblems({ db, settings, planOf }, { limit: 100, after });
    await expectIndexed(db, list());
    await expectIndexed(db, list(orderId));
    await expectIndexed(db, systemProblems);
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
    await expectIndexed(db, (db) => search({ db, contacts }, query));
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
