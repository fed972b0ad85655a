import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Log } from "../log.ts";
import type { Database } from "./schema.ts";

export type Db = Kysely<Database>;

/** PostgreSQL's type number of bigint. Ours are counts and minor units, safe as JS numbers. */
const bigintType = 20;

/**
 * Opens a pool of connections. Nothing waits for ever: a connection is given or refused within
 * a second and a statement ends within 5 s, unless more is asked for; a lock is waited for at
 * most 2 s.
 */
export function connect(
  settings: { DATABASE_URL: string; DATABASE_POOL: number },
  log: Log,
  options: { name?: string; statementSeconds?: number; connectSeconds?: number } = {},
): Db {
  const pool = new pg.Pool({
    connectionString: settings.DATABASE_URL,
    application_name: options.name ?? "aurora",
    max: settings.DATABASE_POOL,
    connectionTimeoutMillis: (options.connectSeconds ?? 1) * 1_000,
    statement_timeout: (options.statementSeconds ?? 5) * 1_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
    types: { getTypeParser: parserFor as typeof pg.types.getTypeParser },
  });
  // Without a listener, an idle connection that PostgreSQL closes would end the process.
  pool.on("error", (error) => log.warn("database_connection_lost", { reason: error.message }));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

function parserFor(type: number, format: "text" | "binary"): unknown {
  return type === bigintType ? safeInteger : pg.types.getTypeParser(type, format as "text");
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number`);
  return value;
}
