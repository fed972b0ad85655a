import { Redis } from "ioredis";
import pg from "pg";
import { expect, test } from "vitest";
import { createDatabase, useDatabase } from "./database.ts";
import { startOwnRedis, useRedis } from "./redis.ts";

const database = useDatabase();
const shared = useRedis();

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}

test("gives each test file a migrated database of its own", async () => {
  await ask(database.url, "CREATE TABLE only_here (id int)");
  const other = await createDatabase();
  try {
    expect(await ask(other.url, "SELECT to_regclass('orders') IS NOT NULL AS migrated")).toEqual([
      { migrated: true },
    ]);
    await expect(ask(other.url, "SELECT FROM only_here")).rejects.toThrow("does not exist");
  } finally {
    await other.drop();
  }
});

test("compares text by code point, in UTF-8, with checksums on every page", async () => {
  expect(
    await ask(
      database.url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS
       checksums, datlocprovider AS provider, current_setting('max_connections')::int AS connections
       FROM pg_database WHERE datname = current_database()`,
    ),
  ).toEqual([{ encoding: "UTF8", checksums: "on", provider: "b", connections: 200 }]);
});

test("lets a test kill a Redis of its own while the shared one stays", async () => {
  const own = await startOwnRedis();
  try {
    expect(own.url).not.toBe(shared.url);
    process.kill(own.pid, "SIGKILL");
    const redis = new Redis(shared.url);
    expect(await redis.config("GET", "maxmemory-policy")).toEqual([
      "maxmemory-policy",
      "noeviction",
    ]);
    redis.disconnect();
  } finally {
    await own.stop();
  }
});
