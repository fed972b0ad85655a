import { readFileSync } from "node:fs";
import { sql } from "kysely";
import type { Db } from "../../src/db/connect.ts";

/** A part of a plan as auto_explain writes it, with what it really did. */
type Node = {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Filter?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Node[];
};

/** A statement that a process sent, and how PostgreSQL went about it. */
export type Explained = { application: string; query: string; plan: Node };

/**
 * From now on every new connection to the database has each of its statements explained in the
 * server's log, as it really ran. The server must be the test's own.
 */
export async function explainEverything(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`SELECT current_database() AS name`.execute(db);
  const settings = {
    session_preload_libraries: "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_parameter_max_length": "0",
  };
  for (const [name, value] of Object.entries(settings)) {
    await sql`ALTER DATABASE ${sql.id(rows[0]?.name ?? "")} SET ${sql.raw(name)} = ${sql.lit(value)}
      `.execute(db);
  }
  await sql`ALTER SYSTEM SET log_line_prefix = '[%a] '`.execute(db);
  await sql`SELECT pg_reload_conf()`.execute(db);
}

/** What stands in the server's log of the statements that processes sent. */
export function readPlans(logFile: string): Explained[] {
  const entry = /^\[(.*)\] LOG: {2}duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)/gm;
  return [...readFileSync(logFile, "utf8").matchAll(entry)].map(
    ([, application = "", text = ""]) => {
      const { "Query Text": query, Plan: plan } = JSON.parse(text);
      return { application, query: query.replace(/\s+/g, " ").trim(), plan };
    },
  );
}

/** The parts of a plan that read a table or an index, with how many rows each looked at. */
export function readsOf(plan: Node): { table: string; how: string; rows: number }[] {
  const table = plan["Relation Name"];
  const looked =
    plan["Actual Rows"] +
    (plan["Rows Removed by Filter"] ?? 0) +
    (plan["Rows Removed by Index Recheck"] ?? 0);
  const isRead = table !== undefined && / Scan$/.test(plan["Node Type"]);
  const how = [plan["Node Type"], plan["Index Name"], plan.Filter].filter(Boolean).join(", ");
  const own = isRead ? [{ table, how, rows: looked * plan["Actual Loops"] }] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(readsOf)];
}
