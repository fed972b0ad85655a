import { randomUUID } from "node:crypto";
import pg from "pg";
import { onTestFinished } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { watchInstallation } from "../../src/workers/watch-installation.ts";
import { whileOurs } from "../../src/workers/while-ours.ts";
import type { startStandIns } from "../sandbox/stand-ins.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";
import { gatewayAt } from "./paying.ts";

/** What an operator says. */
export const decision = {
  found: { account: null, livemode: null },
  reason: "For the test",
  actor: "test",
};
const wanted = {
  orderId: "01900000-0000-7000-8000-000000000002",
  orderNumber: "4Q7K-9M2X-P0TZ",
  amountMinor: 500,
  currency: "gbp",
  tryNumber: 1,
};

export async function newDatabase(): Promise<TestDatabase & { db: Db }> {
  const database = await createDatabase();
  const db = connect(testSettings(database.url), quiet);
  onTestFinished(async () => {
    await db.destroy();
    await database.drop();
  });
  return { ...database, db };
}

/** What CREATE DATABASE ... TEMPLATE makes of a database that nobody is connected to. */
export async function copyOf(original: TestDatabase): Promise<TestDatabase & { db: Db }> {
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
export async function processOn(db: Db, standIns: StandIns, livemode = false) {
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
    create: () => {
      const intent = { ...wanted, paymentId: randomUUID(), ...ownership };
      return whileOurs(bare, watch).createIntent(intent);
    },
    endings: () => outdated,
    /** What a process that starts now knows: nothing but its own key and database. */
    again: () => {
      watch.stop();
      watch = open();
    },
  };
}

export const rowOf = (db: Db) =>
  db.selectFrom("installation").selectAll().executeTakeFirstOrThrow();
