import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { Collision, inTransaction } from "../../src/db/transaction.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { dice } from "../support/dice.ts";
import { quiet } from "../support/settings.ts";
import { startMelee } from "./melee.ts";

/** So many transactions meet at the same time, half of one kind and half of another. */
const fighters = 10;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** The server looks for circles after so long; its own second would make a failure slow. */
function quickToNotice(url: string): string {
  return `${url}?options=${encodeURIComponent("-c deadlock_timeout=30ms")}`;
}

function open(): Db {
  const url = quickToNotice(database.url);
  const db = connect({ DATABASE_URL: url, DATABASE_POOL: fighters }, quiet);
  onTestFinished(() => db.destroy());
  return db;
}

/** How many circles the server itself had to break. It counts when connections end. */
async function deadlocksSeen(): Promise<number> {
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet);
  const { rows } = await sql<{ deadlocks: number }>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`.execute(db);
  await db.destroy();
  return rows[0]?.deadlocks ?? -1;
}

describe("the one lock order", () => {
  test("lets shuffled, overlapping batches pass without a single deadlock", async () => {
    const db = open();
    const before = await deadlocksSeen();
    const random = dice();
    const melee = await startMelee(db, random);
    const collided: string[] = [];
    let fought = 0;
    const kinds = Object.keys(melee.kinds) as (keyof typeof melee.kinds)[];
    for (const [nth, one] of kinds.entries()) {
      for (const other of kinds.slice(nth)) {
        await melee.prepare();
        const both = Array.from({ length: fighters }, (_, index) => (index % 2 ? one : other));
        const ended = await Promise.allSettled(both.map((kind) => melee.act(kind)));
        fought += ended.length;
        for (const each of ended) {
          if (each.status === "fulfilled") continue;
          if (!(each.reason instanceof Collision)) throw each.reason;
          collided.push(`${one} against ${other}`);
        }
      }
    }
    await db.destroy();

    const { moved } = melee;
    expect(collided, `seed ${random.seed}`).toEqual([]);
    expect((await deadlocksSeen()) - before, `seed ${random.seed}`).toBe(0);
    // Nothing is shown by a fight in which nobody met anybody.
    expect(fought).toBeGreaterThanOrEqual(600);
    expect(moved.awaiting_payment, `seed ${random.seed}`).toBeGreaterThan(100);
    expect(moved.paid, `seed ${random.seed}`).toBeGreaterThan(10);
    expect(moved.fulfilling, `seed ${random.seed}`).toBeGreaterThan(10);
    expect(moved.expired, `seed ${random.seed}`).toBeGreaterThan(10);
    expect(moved.cancelled, `seed ${random.seed}`).toBeGreaterThan(10);
  }, 120_000);

  test("is what keeps them apart: the same locks without the order deadlock", async () => {
    const db = open();
    const random = dice();
    const before = await deadlocksSeen();
    await sql`
      INSERT INTO products (sku, written_sku, name, price_minor, currency)
      SELECT 'c' || n, 'C' || n, 'Control ' || n, 1, 'gbp' FROM generate_series(1, 20) AS n
    `.execute(db);
    await sql`INSERT INTO stock (sku) SELECT sku FROM products WHERE sku LIKE 'c%'`.execute(db);
    const skus = Array.from({ length: 20 }, (_, index) => `c${index + 1}`);
    const fight = async () => {
      for (let turn = 0; turn < 20; turn++) {
        await inTransaction(db, (trx) =>
          sql`
            SELECT FROM unnest(${random.shuffled(skus)}::text[]) AS u (sku),
              LATERAL (SELECT FROM stock WHERE stock.sku = u.sku FOR NO KEY UPDATE) AS l
          `.execute(trx),
        ).catch((error: unknown) => {
          if (!(error instanceof Collision)) throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: fighters }, fight));
    await db.destroy();
    expect((await deadlocksSeen()) - before, `seed ${random.seed}`).toBeGreaterThan(0);
  }, 60_000);
});
