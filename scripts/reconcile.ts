import type { Db } from "../src/db/connect.ts";
import { compareNow } from "../src/orders/comparison/comparison-cursors.ts";
import {
  type ComparisonReport,
  reportComparisons,
} from "../src/orders/comparison/report-comparisons.ts";
import { commandLine } from "./command-line.ts";
import { onTargetDatabase } from "./target-database.ts";

const line = commandLine("npm run reconcile -- [--now] [--all] [--json]");

/** So many settled differences are shown, or with --all so many. */
const latest = 10;
const most = 1_000;

type Wishes = { now: boolean; all: boolean; json: boolean };

/**
 * npm run reconcile: where Stripe's books and ours differ or have differed, and what the last
 * comparisons found, in the database of DATABASE_URL or of the running world. With --now both
 * comparisons are made at once, by the status worker.
 */
async function main(db: Db, { now, all, json }: Wishes): Promise<void> {
  if (now) await compareNow(db);
  const report = await reportComparisons(db, all ? most : latest);
  console.log(json ? JSON.stringify(report) : inWords(report));
  if (now && !json) console.log("\nBoth comparisons are due now: ask again in a moment.");
}

function inWords({ comparisons, open, settled, openCount }: ComparisonReport): string {
  return [
    ...comparisons.map(comparisonLine),
    "",
    openCount === 0 ? "No difference is open." : openInWords(openCount),
    ...open.map(breakLine),
    ...(settled.length > 0 ? ["", "Settled, the latest first:"] : []),
    ...settled.map(breakLine),
  ].join("\n");
}

function openInWords(count: number): string {
  return count === 1 ? "1 difference is open:" : `${count} differences are open:`;
}

function comparisonLine({ name, findings, dueAt, lastError }: Comparison): string {
  const { since, until, seconds, reached: _, failed: __, ...counts } = findings;
  const found = Object.entries(counts).map(([what, number]) => `${number} ${what}`);
  const when = until ? `${since} to ${until}: ${found.join(", ")} (${seconds} s)` : "not made yet";
  const trouble = lastError ? `; last failure: ${lastError}` : "";
  return `${name}  ${when}; next ${dueAt.toISOString()}${trouble}`;
}

function breakLine(each: BreakRow): string {
  const { objectId, fault, order, outcome, lastError, foundAt } = each;
  const end = outcome ?? `open: ${lastError ?? "not looked at yet"}`;
  return `  ${foundAt.toISOString()}  ${objectId}  ${fault}  ${order ?? "no order"}  ${end}`;
}

type Comparison = ComparisonReport["comparisons"][number];
type BreakRow = ComparisonReport["open"][number];

function readArguments(args: string[]): Wishes {
  const flag = { type: "boolean", default: false } as const;
  return line.parse({ args, options: { now: flag, all: flag, json: flag } }).values;
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("reconcile", process.env, (db) =>
  main(db, readArguments(process.argv.slice(2))),
);
