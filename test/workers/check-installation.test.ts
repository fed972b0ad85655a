import { sql } from "kysely";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { codeOf, Refused, Unavailable } from "../../src/errors.ts";
import { keepInstallation, renewInstallation } from "../../src/orders/decide-installation.ts";
import { readInstallation } from "../../src/orders/installation.ts";
import { watchInstallation } from "../../src/workers/check-installation.ts";
import { whileOurs } from "../../src/workers/while-ours.ts";
import { startStandIns } from "../sandbox/stand-ins.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { openPayingShop } from "../support/paying.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { waitFor } from "../support/wait-for.ts";
import { gatewayAt } from "./paying.ts";

const decision = {
  found: { account: null, livemode: null },
  reason: "For the test",
  actor: "test",
};
const wanted = {
  paymentId: "01900000-0000-7000-8000-000000000001",
  orderId: "01900000-0000-7000-8000-000000000002",
  orderNumber: "4Q7K-9M2X-P0TZ",
  amountMinor: 500,
  currency: "gbp",
  tryNumber: 1,
};

async function newDatabase(): Promise<TestDatabase & { db: Db }> {
  const database = await createDatabase();
  const db = connect(testSettings(database.url), quiet);
  onTestFinished(async () => {
    await db.destroy();
    await database.drop();
  });
  return { ...database, db };
}

/** What CREATE DATABASE ... TEMPLATE makes of a database that nobody is connected to. */
async function copyOf(original: TestDatabase): Promise<TestDatabase & { db: Db }> {
  const url = new URL(original.url);
  url.pathname = "/postgres";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const name = `${original.name}_copy`;
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${original.name}'`,
  );
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${original.name}`);
  const copy = new URL(original.url);
  copy.pathname = `/${name}`;
  const db = connect(testSettings(copy.href), quiet);
  onTestFinished(async () => {
    await db.destroy();
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  });
  return { ...original, url: copy.href, name, db };
}

type StandIns = Awaited<ReturnType<typeof startStandIns>>;

/** A process with a Stripe key: what it would write to Stripe, and whether it ended itself. */
async function processOn(db: Db, standIns: StandIns, livemode = false) {
  const ownership = { installation: await readInstallation(db), livemode };
  const bare = gatewayAt(standIns.url);
  let outdated = 0;
  const open = () =>
    watchInstallation({ db, log: quiet, gateway: bare, ownership, outdated: () => outdated++ });
  let watch = open();
  onTestFinished(() => watch.stop());
  return {
    ownership,
    bare,
    gateway: () => whileOurs(bare, watch),
    create: () => whileOurs(bare, watch).createIntent({ ...wanted, ...ownership }),
    endings: () => outdated,
    /** What a process that starts now knows: nothing but its own key and database. */
    again: () => {
      watch.stop();
      watch = open();
    },
  };
}

const rowOf = (db: Db) => db.selectFrom("installation").selectAll().executeTakeFirstOrThrow();

describe("the first process", () => {
  test("stamps the installation, and writes", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const one = await processOn(db, standIns);
    await one.create();
    const { rows } = await sql<{ identity: string }>`
      SELECT system_identifier::text || '/' || oid::text AS identity
      FROM pg_control_system(), pg_database WHERE datname = current_database()`.execute(db);
    expect(await rowOf(db)).toMatchObject({
      stripe_account: "acct_1AuroraSandbox0",
      livemode: false,
      database_identity: rows[0]?.identity,
      stamped_at: expect.any(Date),
      stopped_because: null,
    });
  });

  test("writes nothing while Stripe can't say whose account it is", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    await standIns.tell("/faults", { service: "stripe", kind: "status", route: "GET /v1/account" });
    const one = await processOn(db, standIns);
    await expect(one.create()).rejects.toThrow(Unavailable);
    expect((await rowOf(db)).stamped_at).toBeNull();
    await fetch(`${standIns.url}/_sandbox/faults`, { method: "DELETE" });
    await one.create();
  });

  test("takes an account that its key may not ask for as any account", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const one = await processOn(db, standIns);
    await one.create();
    const ownership = one.ownership;
    const gateway = { readAccount: async () => null };
    const watch = watchInstallation({ db, log: quiet, gateway, ownership, outdated: () => {} });
    onTestFinished(() => watch.stop());
    await watch.mayWrite();
    expect(await rowOf(db)).toMatchObject({ stripe_account: "acct_1AuroraSandbox0" });
  });
});

describe("another account, or another mode", () => {
  test("stops the writes of every process until an operator says keep", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    await old.create();

    await standIns.tell("/stripe/account", { id: "acct_another" });
    const fresh = await processOn(db, standIns);
    const refusal = await fresh.create().catch((error: unknown) => error);
    expect(codeOf(refusal)).toBe("stripe_writes_stopped");
    expect(String(refusal)).toContain("acct_another and was acct_1AuroraSandbox0");
    expect((await rowOf(db)).stopped_because).toMatch(/keep .* renew /);
    // Reads go on.
    await fresh.gateway().listIntents({ since: new Date(0), until: new Date() });
    old.again();
    await expect(old.create()).rejects.toThrow("Nothing is written to Stripe");

    const found = { account: "acct_another", livemode: false };
    const before = await rowOf(db);
    await keepInstallation(db, { ...decision, found });
    fresh.again();
    await fresh.create();
    expect(await rowOf(db)).toMatchObject({ id: before.id, stopped_because: null });
    const acts = await db.selectFrom("installation_acts").selectAll().execute();
    expect(acts).toMatchObject([{ act: "keep", reason: "For the test", actor: "test" }]);
  });

  test("ends a process that was let in before and knows only the old keys", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    await old.create();
    await keepInstallation(db, { ...decision, found: { account: "acct_new", livemode: false } });
    await waitFor("the process to end", async () => {
      await old.create().catch(() => undefined);
      return old.endings() > 0 || undefined;
    });
    expect(await rowOf(db)).toMatchObject({ stripe_account: "acct_new", stopped_because: null });
  });

  test("is told by the key's mode where the account is the same", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    await (await processOn(db, standIns)).create();
    const live = await processOn(db, standIns, true);
    await expect(live.create()).rejects.toThrow("for live money and was for test money");
  });
});

describe("a copied database", () => {
  test("writes nothing, and goes on as the same installation after keep", async () => {
    const original = await newDatabase();
    const standIns = await startStandIns();
    await (await processOn(original.db, standIns)).create();
    const copy = await copyOf(original);
    const there = await processOn(copy.db, standIns);
    await expect(there.create()).rejects.toThrow("the database is");
    expect(await rowOf(original.db)).toMatchObject({ stopped_because: null });

    await keepInstallation(copy.db, decision);
    there.again();
    await there.create();
    expect((await rowOf(copy.db)).id).toBe((await rowOf(original.db)).id);
  });

  test("leaves the original's payments alone after renew, whatever becomes of them", async () => {
    const original = await newDatabase();
    const standIns = await startStandIns();
    const shop = await openPayingShop(original.url);
    onTestFinished(() => shop.db.destroy());
    const open = await shop.payable();
    const untold = await shop.awaiting();
    const paid = await shop.payable();
    await shop.apply(paid, { status: "captured", capturedMinor: 1_000 });
    await (await processOn(original.db, standIns)).create();

    const copy = await copyOf(original);
    const { ordersEnded } = await renewInstallation(copy.db, shop.settings, decision);
    expect(ordersEnded).toBe(2);
    const statuses = async (db: Db, table: "orders" | "payments", ids: string[]) =>
      (await db.selectFrom(table).select(["id", "status"]).where("id", "in", ids).execute())
        .sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
        .map(({ status }) => status);
    const payments = [open, untold, paid].map(({ paymentId }) => paymentId);
    const orders = [open, untold, paid].map(({ orderId }) => orderId);
    expect(await statuses(copy.db, "payments", payments)).toEqual([
      "cancelled",
      "cancelled",
      "captured",
    ]);
    expect(await statuses(copy.db, "orders", orders)).toEqual(["expired", "expired", "paid"]);
    expect(await statuses(original.db, "payments", payments)).toEqual([
      "pending",
      "created",
      "captured",
    ]);
    const waiting = await copy.db
      .selectFrom("notifications")
      .select("id")
      .where("due_at", "is not", null)
      .execute();
    expect(waiting).toEqual([]);
    expect((await rowOf(copy.db)).id).not.toBe((await rowOf(original.db)).id);

    const there = await processOn(copy.db, standIns);
    await there.create();
    const refund = {
      key: "a key",
      intentId: paid.intent.id,
      amountMinor: 1,
      reason: "requested_by_customer",
      refundId: null,
      orderId: null,
      installation: there.ownership.installation,
    };
    await expect(there.gateway().createRefund(refund)).rejects.toThrow(Refused);
    const cancel = { intentId: open.intent.id, paymentId: open.paymentId, tryNumber: 1 };
    await expect(there.gateway().cancelIntent(cancel)).rejects.toThrow("is a copy of");
    const counts = await standIns.read<Record<string, number>>("/counts");
    expect(Object.keys(counts).filter((route) => /cancel|refunds/.test(route))).toEqual([]);
  });

  test("ends the processes that still know the id it was copied with", async () => {
    const { db } = await newDatabase();
    const standIns = await startStandIns();
    const old = await processOn(db, standIns);
    await old.create();
    await renewInstallation(db, testSettings("postgres://127.0.0.1/none"), decision);
    old.again();
    await expect(old.create()).rejects.toThrow("the installation is");
    expect(old.endings()).toBeGreaterThan(0);
    expect((await rowOf(db)).stopped_because).toBeNull();
  });
});
