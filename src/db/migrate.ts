import { readdir, readFile } from "node:fs/promises";
import { sql } from "kysely";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { readConfig } from "../config.ts";
import { createLog, type Log } from "../log.ts";
import { connect, type Db } from "./connect.ts";
import { renewFeedClockIfBehind } from "./feed-clock.ts";

const folder = new URL("./migrations/", import.meta.url);

/** Migrations are plain SQL files, named in the order they run and never changed once merged. */
const sqlFiles: MigrationProvider = {
  async getMigrations() {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".sql"));
    const read = async (name: string): Promise<[string, Migration]> => {
      const text = await readFile(new URL(name, folder), "utf8");
      return [name, { up: async (db) => void (await sql.raw(text).execute(db)) }];
    };
    return Object.fromEntries(await Promise.all(names.map(read)));
  },
};

/**
 * Brings the database up to date, each migration in a transaction of its own: no lock outlasts the
 * step that needs it, and a release that was broken off goes on where it was. ANALYZE follows,
 * because plans made for empty tables are bad ones.
 */
export async function migrateToLatest(
  databaseUrl: string,
  log: Log,
  insecure = false,
): Promise<void> {
  const settings = {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL: 1,
    DATABASE_TLS_INSECURE: insecure,
  };
  const db = connect(settings, log, {
    name: "aurora release",
    statementSeconds: 3_600,
    connectSeconds: 30,
  });
  try {
    await db.connection().execute(async (connection) => {
      await oneReleaseAtATime(connection, async () => {
        await migrateStepByStep(connection, log);
        if (await renewFeedClockIfBehind(connection)) log.info("feed_clock_renewed");
        await sql`ANALYZE`.execute(connection);
      });
    });
  } finally {
    await db.destroy();
  }
}

async function migrateStepByStep(db: Db, log: Log): Promise<void> {
  const migrator = new Migrator({ db, provider: sqlFiles });
  for (let isDone = false; !isDone; ) {
    const { error, results = [] } = await migrator.migrateUp();
    for (const { migrationName, status } of results) {
      log.info("migrated", { event: migrationName, status });
    }
    if (error) throw error;
    isDone = results.length === 0;
  }
}

/**
 * Kysely locks each step too, but only after it has read the catalog, and that reading fails on a
 * column which another release drops meanwhile.
 */
async function oneReleaseAtATime(connection: Db, act: () => Promise<void>): Promise<void> {
  const lock = sql`hashtextextended('aurora release', 0)`;
  // Another may take long; a table is still waited for no longer than usual.
  await sql`SET lock_timeout = '1h'`.execute(connection);
  await sql`SELECT pg_advisory_lock(${lock})`.execute(connection);
  try {
    await sql`RESET lock_timeout`.execute(connection);
    await act();
  } finally {
    await sql`SELECT pg_advisory_unlock(${lock})`.execute(connection);
  }
}

/** The migrations that this code needs and the database has not had. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const migrations = await new Migrator({ db, provider: sqlFiles }).getMigrations();
  return migrations.filter(({ executedAt }) => !executedAt).map(({ name }) => name);
}

if (import.meta.main) {
  const { base } = readConfig(process.env, []);
  const log = createLog("release", { level: base.LOG_LEVEL, format: base.LOG_FORMAT });
  await migrateToLatest(base.DATABASE_URL, log, base.DATABASE_TLS_INSECURE);
}
