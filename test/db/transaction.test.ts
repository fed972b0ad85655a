import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { Collision, inTransaction, type Trx } from "../../src/db/transaction.ts";
import { OutcomeUnknown, Unavailable } from "../../src/errors.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { quiet } from "../support/settings.ts";
import { layWire, type Wire } from "../support/wire.ts";

let database: TestDatabase;
let wire: Wire;
let wired: Db;
let db: Db;

beforeAll(async () => {
  database = await createDatabase();
  wire = await layWire(database.url);
  wired = connect({ DATABASE_URL: wire.url, DATABASE_POOL: 2 }, quiet);
  db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 4 }, quiet);
  await sql`CREATE TABLE marks (name text PRIMARY KEY, number integer)`.execute(db);
  await sql`INSERT INTO marks VALUES ('a', 0), ('b', 0)`.execute(db);
});
beforeEach(() => wire.speak());
afterAll(async () => {
  await Promise.all([wired?.destroy(), db?.destroy()]);
  await wire?.down();
  await database?.drop();
});

function write(name: string) {
  return (trx: Trx) => sql`INSERT INTO marks VALUES (${name}, 1)`.execute(trx);
}

async function isThere(name: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM marks WHERE name = ${name}`.execute(db);
  return rows.length === 1;
}

const raise = (trx: Trx, name: string) =>
  sql`UPDATE marks SET number = number + 1 WHERE name = ${name}`.execute(trx);

/** What a call fails with. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => new Error("It succeeded."),
    (error: unknown) => error,
  );
}

describe("a transaction", () => {
  test("that collides with another says so, so that its batch is repeated", async () => {
    const bothHold = Promise.withResolvers<void>();
    let holding = 0;
    const cross = (first: string, second: string) =>
      inTransaction(db, async (trx) => {
        await sql`SET LOCAL deadlock_timeout = '20ms'`.execute(trx);
        await raise(trx, first);
        if (++holding === 2) bothHold.resolve();
        await bothHold.promise;
        await raise(trx, second);
      });
    const ended = await Promise.allSettled([cross("a", "b"), cross("b", "a")]);
    const lost = ended.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(lost).toHaveLength(1);
    expect(lost[0]).toBeInstanceOf(Collision);
  });

  test("whose row is locked too long is unavailable, and no collision", async () => {
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holder = inTransaction(db, async (trx) => {
      await raise(trx, "a");
      locked.resolve();
      await held.promise;
    });
    await locked.promise;
    const error = await failureOf(
      inTransaction(db, async (trx) => {
        await sql`SET LOCAL lock_timeout = '30ms'`.execute(trx);
        await raise(trx, "a");
      }),
    );
    held.resolve();
    await holder;
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).not.toBeInstanceOf(Collision);
    expect(error).toMatchObject({ code: "lock_timeout" });
  });

  test("whose statement takes too long is unavailable", async () => {
    const error = await failureOf(
      inTransaction(db, async (trx) => {
        await sql`SET LOCAL statement_timeout = '30ms'`.execute(trx);
        await sql`SELECT pg_sleep(5)`.execute(trx);
      }),
    );
    expect(error).toMatchObject({ name: "Unavailable", code: "database_unavailable" });
  });

  test("whose connection is lost in the middle has certainly not happened", async () => {
    const name = randomUUID();
    const error = await failureOf(
      inTransaction(wired, async (trx) => {
        await write(name)(trx);
        wire.cutAt("pg_sleep", "before");
        await sql`SELECT pg_sleep(0)`.execute(trx);
      }),
    );
    expect(error).toMatchObject({ name: "Unavailable", code: "database_unavailable" });
    expect(await isThere(name)).toBe(false);
  });

  test("does not end the process when its connection is lost between two statements", async () => {
    const error = await failureOf(
      inTransaction(wired, async (trx) => {
        const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
        await sql`SELECT pg_terminate_backend(${rows[0]?.pid}, 1000)`.execute(db);
        await sql`SELECT 1`.execute(trx);
      }),
    );
    expect(error).toMatchObject({ name: "Unavailable", code: "database_unavailable" });
  });

  test.each([
    ["before PostgreSQL heard it", "before", false],
    ["after PostgreSQL did it", "after", true],
  ] as const)("cut at COMMIT %s is unknown", async (_when, when, happened) => {
    const name = randomUUID();
    const error = await failureOf(
      inTransaction(wired, async (trx) => {
        await write(name)(trx);
        wire.cutAt("commit", when);
      }),
    );
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(error).toMatchObject({ code: "commit_unknown" });
    expect(await isThere(name)).toBe(happened);
  });

  test("never passes for done when one of its statements failed unheard", async () => {
    const name = randomUUID();
    const work = inTransaction(db, async (trx) => {
      await write(name)(trx);
      await sql`SELECT 1 / 0`.execute(trx).catch(() => undefined);
    });
    await expect(work).rejects.toThrow();
    expect(await isThere(name)).toBe(false);
  });

  test("that meets a rule of the data fails with the rule's own error", async () => {
    await expect(inTransaction(db, write("a"))).rejects.toMatchObject({ code: "23505" });
  });
});

describe("a database that is away", () => {
  test("is unavailable when it refuses connections", async () => {
    await wire.down();
    const error = await failureOf(inTransaction(wired, write(randomUUID())));
    await wire.up();
    expect(error).toMatchObject({ name: "Unavailable", code: "database_unavailable" });
  });

  test("is unavailable within two seconds when it takes connections and says nothing", async () => {
    await wire.down();
    await wire.up();
    wire.silence();
    const started = performance.now();
    const error = await failureOf(inTransaction(wired, write(randomUUID())));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(error).toMatchObject({ name: "Unavailable", code: "database_unavailable" });
  });
});
