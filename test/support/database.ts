import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { inDatabase, templateDatabase } from "./template-database.ts";

/** A migrated database of a test's own. */
export interface TestDatabase {
  url: string;
  name: string;
  drop(): Promise<void>;
}

let made = 0;

/** Gives the test file (or the describe block) a database of its own, dropped at its end. */
export function useDatabase(): Pick<TestDatabase, "url" | "name"> {
  let database: TestDatabase | undefined;
  const current = (): TestDatabase => {
    if (database) return database;
    throw new Error("The database is made in beforeAll: read its url inside of tests and hooks.");
  };
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    await database?.drop();
  });
  return {
    get url() {
      return current().url;
    },
    get name() {
      return current().name;
    },
  };
}

/** Copies the migrated template into a new database; drop() ends its connections first. */
export async function createDatabase(): Promise<TestDatabase> {
  const serverUrl = testServerUrl();
  const template = await templateDatabase(serverUrl);
  made += 1;
  const name = `aurora_test_${process.pid}_${Date.now().toString(36)}_${made}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    url: inDatabase(serverUrl, name),
    name,
    drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export function testServerUrl(): string {
  const url = process.env["TEST_DATABASE_URL"];
  if (url) return url;
  throw new Error("TEST_DATABASE_URL is not set. Run the tests with: npm test [-- files]");
}
