import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { migrateToLatest } from "../../src/db/migrate.ts";
import { createLog } from "../../src/log.ts";

const databaseFolder = path.resolve(import.meta.dirname, "../../src/db");
const lockNumber = 7_305_001;

/**
 * Makes the migrated database that the tests' databases are copied from, unless a run
 * before has made it. Its name holds a hash of the migrations: a change makes a new one.
 */
export async function templateDatabase(serverUrl: string): Promise<string> {
  const name = `aurora_template_${hashOfMigrations()}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    // Test files start at the same time in processes of their own.
    await client.query("SELECT pg_advisory_lock($1)", [lockNumber]);
    if (await exists(client, name)) return name;
    const unfinished = `${name}_unfinished`;
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${unfinished}`);
    await migrateToLatest(
      inDatabase(serverUrl, unfinished),
      createLog("release", { level: "warn", format: "pretty" }),
    );
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
    return name;
  } finally {
    await client.end();
  }
}

export function inDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  return rowCount === 1;
}

function hashOfMigrations(): string {
  const hash = createHash("sha256");
  const files = globSync(["migrate.ts", "migrations/**/*"], { cwd: databaseFolder }).sort();
  for (const file of files.filter((name) => path.extname(name) !== "")) {
    hash.update(file).update(readFileSync(path.join(databaseFolder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
