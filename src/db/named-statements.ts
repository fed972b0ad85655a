import { createHash } from "node:crypto";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import type pg from "pg";

/** Texts that a process uses again and again; what is beyond is sent whole, as if it came once. */
const mostStatements = 500;
/** A text is given a name when it comes for the second time: scripts ask most things once. */
const timesBefore = 1;

const seen = new Map<string, number>();
const names = new Map<string, string>();
let generation = 0;

/**
 * Whether a migration has changed the tables under a prepared statement: PostgreSQL does not have
 * it any more, or will not answer with other columns than before.
 */
export function isOutdated(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "26000" || (error.code === "0A000" && /cached plan/.test(error.message));
}

/**
 * A pool whose connections keep the statements that they have prepared: PostgreSQL parses and
 * plans each once for a connection, and not for each execution. Measured, planning was half of
 * what an order cost it at light load.
 */
export function namingPool(pool: pg.Pool): PostgresPool {
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    async connect() {
      const client = await pool.connect();
      const known = wrapped.get(client) ?? naming(client);
      wrapped.set(client, known);
      return known;
    },
    end: () => pool.end(),
    options: pool.options,
  };
}

function naming(client: pg.PoolClient): PostgresPoolClient {
  const born = generation;
  let isBeginning = false;

  async function ask(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const name = nameOf(text, values);
    try {
      return await client.query({ text, values: [...values], ...(name && { name }) });
    } catch (error) {
      if (isOutdated(error)) renew();
      throw error;
    }
  }

  /** BEGIN waits for the first statement and goes with it: nobody waits for its answer alone. */
  async function query<Row>(
    text: string,
    values: readonly unknown[],
  ): Promise<PostgresQueryResult<Row>> {
    const isFirst = isBeginning;
    isBeginning = text === "begin";
    if (isBeginning || (isFirst && ends.has(text))) return nothingSent(text);
    // BEGIN fails only where the connection is lost, and with it the statement behind it.
    const begun = isFirst ? client.query("begin") : undefined;
    const [{ command, rowCount, rows }] = await Promise.all([ask(text, values), begun]);
    return { command, rowCount: rowCount ?? 0, rows } as PostgresQueryResult<Row>;
  }

  // Kysely asks for cursors where it streams, which nothing here does.
  return {
    query: query as PostgresPoolClient["query"],
    // One that knows outdated statements is closed, and they with it.
    release: (destroy) => client.release(destroy || born !== generation),
  };
}

/** A transaction without a statement needs neither a BEGIN nor an end. */
const ends = new Set(["commit", "rollback"]);

function nothingSent<Row>(text: string): PostgresQueryResult<Row> {
  return { command: text.toUpperCase(), rowCount: 0, rows: [] } as PostgresQueryResult<Row>;
}

/** BEGIN, COMMIT and whatever has no parameters goes as it is. */
function nameOf(text: string, values: readonly unknown[]): string | undefined {
  if (values.length === 0) return undefined;
  const known = names.get(text);
  if (known !== undefined) return known;
  const times = seen.get(text) ?? 0;
  if (times < timesBefore || names.size >= mostStatements) {
    if (seen.size >= mostStatements) seen.clear();
    seen.set(text, times + 1);
    return undefined;
  }
  seen.delete(text);
  // By its text: behind a pooler, another process's statement of the same name is the same.
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 24);
  const name = `aurora_${hash}`;
  names.set(text, name);
  return name;
}

/** From now on all connections are new ones. */
function renew(): void {
  generation++;
}
