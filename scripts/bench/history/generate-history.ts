import { sql } from "kysely";
import { connect, type Db } from "../../../src/db/connect.ts";
import { renewFeedClock } from "../../../src/db/feed-clock.ts";
import { inTransaction } from "../../../src/db/transaction.ts";
import { createLog } from "../../../src/log.ts";
import { moneyRows } from "./money-rows.ts";
import { orderRows } from "./order-rows.ts";
import { makeSlice } from "./slice.ts";
import { stockRows } from "./stock-rows.ts";

type Wishes = {
  /** So many finished orders. */
  orders: number;
  say: (line: string) => void;
};

/** Orders a transaction: about half a million rows. */
const sliceOrders = 20_000;
/** So many slices are written at the same time: they touch no common row. */
const lanes = 2;

const statements = [...orderRows, ...stockRows, ...moneyRows];
const filledTables = [
  ...new Set(statements.map((statement) => /INSERT INTO (\w+)/.exec(statement)?.[1] ?? "")),
];

/**
 * Fills a migrated database with the finished orders of a large shop, over all products of its
 * first shop's currency: what the domain would have written of each, dated 390 to 40 days ago, so
 * that no job looks at it any more. The counters of stock stay as they are.
 *
 * The user must be allowed to set `session_replication_role`: the rows are made to fit, so that no
 * foreign key is looked up.
 */
export async function generateHistory(databaseUrl: string, { orders, say }: Wishes): Promise<void> {
  const log = createLog("history", { level: "error", format: "pretty" });
  const connection = { DATABASE_URL: databaseUrl, DATABASE_POOL: lanes };
  const db = connect(connection, log, { name: "aurora history", statementSeconds: 600 });
  try {
    await refuseBareShop(db);
    const feed = await turnFeed(db);
    const firsts = Array.from(
      { length: Math.ceil(orders / sliceOrders) },
      (_, index) => index * sliceOrders,
    );
    let written = 0;
    const work = async () => {
      for (let first = firsts.shift(); first !== undefined; first = firsts.shift()) {
        const last = Math.min(first + sliceOrders, orders) - 1;
        await writeSlice(db, { first, last, orders }, feed);
        written += last - first + 1;
        say(`history: ${written} of ${orders} orders`);
      }
    };
    await Promise.all(Array.from({ length: lanes }, work));
    await settle(db);
  } finally {
    await db.destroy();
  }
}

async function refuseBareShop(db: Db): Promise<void> {
  const { rows } = await sql<{ products: number }>`
    SELECT count(*) AS products FROM products JOIN stock USING (sku)
    WHERE location = 'main' AND active AND price_minor > 0
      AND currency = (SELECT currency FROM shops ORDER BY created_at, id LIMIT 1)`.execute(db);
  if ((rows[0]?.products ?? 0) >= 2) return;
  throw new Error("The first shop needs two products with stock before it can have a history.");
}

/** Where the feed's past begins: the generation that is over now, in which nothing else will be. */
async function turnFeed(db: Db): Promise<number> {
  return await inTransaction(db, async (trx) => {
    await renewFeedClock(trx);
    const { rows } = await sql<{ feed: number }>`
      SELECT (generation - 1)::bigint << 44 AS feed FROM feed_clock`.execute(trx);
    return rows[0]?.feed ?? 0;
  });
}

async function writeSlice(
  db: Db,
  slice: { first: number; last: number; orders: number },
  feed: number,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    await sql`SET LOCAL synchronous_commit = off`.execute(trx);
    await sql`SET LOCAL work_mem = '64MB'`.execute(trx);
    await sql`SET LOCAL jit = off`.execute(trx);
    await makeSlice(trx, slice);
    for (const statement of statements) {
      await sql.raw(statement.replaceAll("$feed", String(feed))).execute(trx);
    }
  });
}

/** What PostgreSQL would do in the background is done: who measures now measures nothing of it. */
async function settle(db: Db): Promise<void> {
  for (const table of filledTables) await sql`VACUUM (ANALYZE) ${sql.table(table)}`.execute(db);
  await sql`CHECKPOINT`.execute(db);
}
