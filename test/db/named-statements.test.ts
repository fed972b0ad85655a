import { sql } from "kysely";
import { expect, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { patiently } from "../../src/db/patience.ts";
import { Collision, inTransaction } from "../../src/db/transaction.ts";
import { useDatabase } from "../support/database.ts";
import { quiet } from "../support/settings.ts";

const database = useDatabase();

test("a statement is parsed and planned once for a connection", async () => {
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet, { prepared: true });
  const ask = (nr: number) => sql<{ nr: number }>`SELECT ${nr}::integer AS nr`.execute(db);
  for (const nr of [1, 2, 3, 4]) expect((await ask(nr)).rows).toEqual([{ nr }]);
  const { rows } = await sql<{ generic: number; custom: number }>`
    SELECT generic_plans AS generic, custom_plans AS custom FROM pg_prepared_statements
    WHERE statement = 'SELECT $1::integer AS nr'`.execute(db);
  // The first is sent without a name, as most of what scripts ask is asked once.
  expect(rows).toEqual([{ generic: 3, custom: 0 }]);
  await db.destroy();
});

test("no plan is compiled, and none is made for the parameters of one execution", async () => {
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet, { prepared: true });
  const { rows } = await sql<{ name: string; setting: string }>`
    SELECT name, setting FROM pg_settings
    WHERE name IN ('jit', 'plan_cache_mode', 'enable_seqscan') ORDER BY name`.execute(db);
  expect(rows.map(({ setting }) => setting)).toEqual(["off", "off", "force_generic_plan"]);
  await db.destroy();
});

test("a statement outlives a migration of its table: the work is done again", async () => {
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet, { prepared: true });
  await sql`CREATE TABLE changing (id integer, name text)`.execute(db);
  await sql`INSERT INTO changing VALUES (1, 'one')`.execute(db);
  const read = () =>
    inTransaction(db, async (trx) => {
      const { rows } = await sql`SELECT * FROM changing WHERE id = ${1}`.execute(trx);
      return rows;
    });
  for (let times = 0; times < 3; times++) await read();
  await sql`ALTER TABLE changing ADD COLUMN size integer`.execute(db);
  await expect(read()).rejects.toThrow(Collision);
  expect(await read()).toEqual([{ id: 1, name: "one", size: null }]);

  for (let times = 0; times < 3; times++) await read();
  await sql`ALTER TABLE changing DROP COLUMN size`.execute(db);
  expect(await patiently(read)).toEqual([{ id: 1, name: "one" }]);
  await sql`DROP TABLE changing`.execute(db);
  await db.destroy();
});

test("a connection that was lost in the middle is given back as lost", async () => {
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet, { prepared: true });
  const lose = inTransaction(db, async (trx) => {
    await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(trx).catch(() => undefined);
    await sql`SELECT 1`.execute(trx);
  });
  await expect(lose).rejects.toThrow();
  expect((await sql<{ one: number }>`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }]);
  await db.destroy();
});

test("BEGIN goes with the first statement, whose failure takes all back", async () => {
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, quiet, { prepared: true });
  await sql`CREATE TABLE kept (id integer PRIMARY KEY)`.execute(db);
  const write = (...ids: number[]) =>
    inTransaction(db, async (trx) => {
      for (const id of ids) await sql`INSERT INTO kept VALUES (${id})`.execute(trx);
    });
  await write(1, 2);
  await expect(write(2, 3)).rejects.toThrow(/duplicate key/);
  await expect(write(4, 1)).rejects.toThrow(/duplicate key/);
  const caught = inTransaction(db, async (trx) => {
    await sql`INSERT INTO kept VALUES (5)`.execute(trx);
    await sql`INSERT INTO kept VALUES (1)`.execute(trx).catch(() => undefined);
  });
  await expect(caught, "COMMIT was answered with ROLLBACK").rejects.toThrow();
  await write();
  const { rows } = await sql<{ ids: number[] }>`
    SELECT array_agg(id ORDER BY id) AS ids FROM kept`.execute(db);
  expect(rows).toEqual([{ ids: [1, 2] }]);
  // The empty one was none, and left none open.
  const { rows: open } = await sql<{ count: number }>`
    SELECT count(*)::integer AS count FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'`.execute(db);
  expect(open).toEqual([{ count: 0 }]);
  await sql`DROP TABLE kept`.execute(db);
  await db.destroy();
});
