import pg from "pg";
import { expect, vi } from "vitest";

/** A statement as it was sent to PostgreSQL. */
type Sent = { text: string; values: unknown[] };

/** Tables below this many rows are read whole by right. */
const bigRows = 2_000;

/** Listens to what is sent to PostgreSQL while the work is done. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const query = pg.Client.prototype.query as (...parts: unknown[]) => unknown;
  const spy = vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (
    this: pg.Client,
    ...parts: unknown[]
  ) {
    const [first, values] = parts;
    if (typeof first === "string") sent.push({ text: first, values: (values ?? []) as unknown[] });
    else if (isConfig(first)) sent.push({ text: first.text, values: first.values ?? [] });
    return query.apply(this, parts) as never;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return sent.filter(({ text }) => /^\s*(select|with)\b/i.test(text));
}

function isConfig(part: unknown): part is { text: string; values?: unknown[] } {
  return typeof part === "object" && part !== null && "text" in part;
}

type Plan = {
  "Node Type": string;
  "Relation Name"?: string;
  Filter?: string;
  Plans?: Plan[];
};

/**
 * Every statement that the work sends to PostgreSQL finds its rows by an index: no table that has
 * grown is read from end to end. The tables must be filled and analysed.
 */
export async function expectIndexed(
  databaseUrl: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const sent = await statementsOf(work);
  expect(sent.length, "The work sent nothing to PostgreSQL.").toBeGreaterThan(0);
  expect(await wholeReads(databaseUrl, sent)).toEqual([]);
}

/** The big tables that these statements would read whole, each with its statement's beginning. */
export async function wholeReads(databaseUrl: string, sent: readonly Sent[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ relname: string }>(
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > $1",
      [bigRows],
    );
    const big = new Set(rows.map(({ relname }) => relname));
    const found: string[] = [];
    for (const { text, values } of sent) {
      const explained = await client.query<{ "QUERY PLAN": { Plan: Plan }[] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      );
      const plan = explained.rows[0]?.["QUERY PLAN"][0]?.Plan;
      const beginning = text.replace(/\s+/g, " ").trim().slice(0, 120);
      if (plan) found.push(...scansIn(plan, big).map((scan) => `${scan}: ${beginning}`));
    }
    return found;
  } finally {
    await client.end();
  }
}

function scansIn(plan: Plan, big: ReadonlySet<string>): string[] {
  const table = plan["Relation Name"] ?? "";
  const own = plan["Node Type"] === "Seq Scan" && big.has(table) ? [`${table} ${plan.Filter}`] : [];
  return [...own, ...(plan.Plans ?? []).flatMap((part) => scansIn(part, big))];
}
