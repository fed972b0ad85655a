import { Socket } from "node:net";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Log } from "../log.ts";
import { namingPool } from "./named-statements.ts";
import type { Database } from "./schema.ts";

export type Db = Kysely<Database>;

/** PostgreSQL's type number of bigint. Ours are counts and minor units, safe as JS numbers. */
const bigintType = 20;

/** Unused connections are closed after so long, well before their silence is taken for death. */
const idleMilliseconds = 5_000;
/** So long after the time for a statement is over, even a slow answer should be there. */
const graceSeconds = 3;

/**
 * Statements that are prepared keep one plan for whatever their parameters are, so that nothing
 * is planned again; it was perhaps made while its tables were small, and a table that was small
 * is not read whole when it has grown. Before PostgreSQL 18 that makes some plans look dear
 * enough to be compiled, which takes a hundred times as long as to run them.
 */
const steadyPlans = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off";

type ConnectOptions = {
  name?: string;
  statementSeconds?: number;
  connectSeconds?: number;
  /** For processes that do the same again and again: see named-statements.ts. */
  prepared?: boolean;
};

/**
 * Opens a pool of connections. Nothing waits for ever: a connection is given or refused within
 * a second and a statement ends within 5 s, unless more is asked for; a lock is waited for at
 * most 2 s.
 */
export function connect(
  settings: { DATABASE_URL: string; DATABASE_POOL: number; DATABASE_TLS_INSECURE?: boolean },
  log: Log,
  options: ConnectOptions = {},
): Db {
  const statementSeconds = options.statementSeconds ?? 5;
  const pool = new pg.Pool({
    connectionString: settings.DATABASE_URL,
    // Encrypted, but to whom is not checked: what hosted databases with their own root need.
    ...(settings.DATABASE_TLS_INSECURE && { ssl: { rejectUnauthorized: false } }),
    application_name: options.name ?? "aurora",
    max: settings.DATABASE_POOL,
    connectionTimeoutMillis: (options.connectSeconds ?? 1) * 1_000,
    idleTimeoutMillis: idleMilliseconds,
    stream: () => impatientSocket(statementSeconds + graceSeconds),
    ...(options.prepared && { options: steadyPlans, pipeline: true }),
    statement_timeout: statementSeconds * 1_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
    types: { getTypeParser: parserFor as typeof pg.types.getTypeParser },
  });
  // Without a listener, an idle connection that PostgreSQL closes would end the process.
  pool.on("error", (error) => log.warn("database_connection_lost", { reason: error.message }));
  // The same for one that a transaction holds: the pool does not listen then. Whoever holds it
  // is told by their next statement.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const dialect = new PostgresDialect({ pool: options.prepared ? namingPool(pool) : pool });
  return new Kysely<Database>({ dialect });
}

/**
 * PostgreSQL itself ends what takes too long. A server that says nothing for longer is gone,
 * though nobody closed the connection: after a failover, TCP alone would wait for hours.
 */
function impatientSocket(seconds: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(seconds * 1_000, () =>
    socket.destroy(new Error(`connection timeout: PostgreSQL was silent for ${seconds} s`)),
  );
}

function parserFor(type: number, format: "text" | "binary"): unknown {
  return type === bigintType ? safeInteger : pg.types.getTypeParser(type, format as "text");
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number`);
  return value;
}
