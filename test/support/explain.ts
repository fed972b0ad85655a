import { CompiledQuery, type KyselyPlugin, PostgresQueryCompiler } from "kysely";
import { expect } from "vitest";
import type { Db } from "../../src/db/connect.ts";

/** Tables below this many rows are read whole by right. */
const bigRows = 2_000;

/** The statements that some work sends to PostgreSQL; the work is handed the database to use. */
export async function statementsOf(
  db: Db,
  work: (db: Db) => Promise<unknown>,
): Promise<CompiledQuery[]> {
  const sent: CompiledQuery[] = [];
  const compiler = new PostgresQueryCompiler();
  const listener: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      sent.push(compiler.compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await work(db.withPlugin(listener));
  return sent.filter(({ sql }) => /^\s*(select|with|update|delete)\b/i.test(sql));
}

type Plan = {
  "Node Type": string;
  "Relation Name"?: string;
  Filter?: string;
  Plans?: Plan[];
};

/**
 * Every statement that the work sends to PostgreSQL finds its rows by an index: no table that has
 * grown is read from end to end. The tables must be filled and analysed: see many-orders.ts.
 */
export async function expectIndexed(db: Db, work: (db: Db) => Promise<unknown>): Promise<void> {
  const sent = await statementsOf(db, work);
  expect(sent.length, "The work sent nothing to PostgreSQL.").toBeGreaterThan(0);
  expect(await wholeReads(db, sent)).toEqual([]);
}

/** The big tables that these statements would read whole, each with its statement's beginning. */
export async function wholeReads(db: Db, sent: readonly CompiledQuery[]): Promise<string[]> {
  const { rows } = await db.executeQuery<{ relname: string }>(
    CompiledQuery.raw("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > $1", [
      bigRows,
    ]),
  );
  const big = new Set(rows.map(({ relname }) => relname));
  const found: string[] = [];
  for (const { sql, parameters } of sent) {
    const explain = CompiledQuery.raw(`EXPLAIN (FORMAT JSON) ${sql}`, [...parameters]);
    const explained = await db.executeQuery<{ "QUERY PLAN": { Plan: Plan }[] }>(explain);
    const plan = explained.rows[0]?.["QUERY PLAN"][0]?.Plan;
    if (!plan) throw new Error(`PostgreSQL explained nothing of: ${sql}`);
    const beginning = sql.replace(/\s+/g, " ").trim().slice(0, 120);
    found.push(...scansIn(plan, big).map((scan) => `${scan}: ${beginning}`));
  }
  return found;
}

function scansIn(plan: Plan, big: ReadonlySet<string>): string[] {
  const table = plan["Relation Name"] ?? "";
  const isWhole = plan["Node Type"] === "Seq Scan" && big.has(table);
  const own = isWhole ? [`${table} (${plan.Filter ?? "no filter"})`] : [];
  return [...own, ...(plan.Plans ?? []).flatMap((part) => scansIn(part, big))];
}
