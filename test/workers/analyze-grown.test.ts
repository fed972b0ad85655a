import { sql } from "kysely";
import { expect, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { analyzeGrown } from "../../src/workers/analyze-grown.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";

const database = useDatabase();

test("a table that has doubled is counted anew, until PostgreSQL keeps up by itself", async () => {
  // One connection: what it has changed is in the statistics as soon as they are flushed.
  const db = connect({ ...testSettings(database.url), DATABASE_POOL: 1 }, quiet);
  const grow = async (rows: number) => {
    await sql`INSERT INTO grown SELECT generate_series(1, ${rows}::integer)`.execute(db);
    await flush();
  };
  const flush = async () => void (await sql`SELECT pg_stat_force_next_flush()`.execute(db));
  const counted = async () => {
    const { rows } = await sql<{ reltuples: number }>`
      SELECT reltuples FROM pg_class WHERE relname = 'grown'`.execute(db);
    return rows[0]?.reltuples;
  };
  try {
    // Its own daemon stays away: what is counted is counted here.
    await sql`CREATE TABLE grown (nr integer) WITH (autovacuum_enabled = off)`.execute(db);
    await grow(900);
    expect(await analyzeGrown({ db, log: quiet })).not.toContain("grown");
    await grow(100);
    expect(await analyzeGrown({ db, log: quiet })).toContain("grown");
    expect(await counted()).toBe(1_000);
    // Changes are no growth: stock is changed by each order.
    for (let times = 0; times < 3; times++) await sql`UPDATE grown SET nr = nr + 1`.execute(db);
    await flush();
    expect(await analyzeGrown({ db, log: quiet })).not.toContain("grown");
    await grow(900);
    expect(await analyzeGrown({ db, log: quiet })).not.toContain("grown");
    await grow(48_100);
    expect(await analyzeGrown({ db, log: quiet })).toContain("grown");
    expect(await counted()).toBe(50_000);
    await grow(60_000);
    expect(await analyzeGrown({ db, log: quiet })).not.toContain("grown");
  } finally {
    await db.destroy();
  }
});
