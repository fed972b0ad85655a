import type { Db } from "../src/db/connect.ts";
import { commandLine } from "./command-line.ts";
import { onTargetDatabase } from "./target-database.ts";
import { checkWorld, showFindings, violationsIn } from "./world/check-world.ts";
import { findRunningWorld } from "./world/running-world.ts";
import type { StandInUrls } from "./world/stand-in-books.ts";

const line = commandLine("npm run invariants [-- --age SECONDS] [--json]");

/** What ought to come to rest is given two minutes: the outside may be slow for a while. */
const usualPatienceSeconds = 120;

type Wishes = { json: boolean; patienceSeconds: number };

/**
 * npm run invariants: whether all that must be true is true, in the database of DATABASE_URL or
 * of the running world, and in the books of its stand-ins. Exit code 1 when something is broken.
 */
async function main(
  db: Db,
  { json, patienceSeconds }: Wishes,
  standIns: StandInUrls,
): Promise<void> {
  const startedAt = performance.now();
  const findings = await checkWorld(db, standIns, { patienceSeconds });
  const violations = violationsIn(findings);
  const seconds = Math.round(performance.now() - startedAt) / 1_000;
  const summary = { violations, seconds, invariants: findings };
  console.log(json ? JSON.stringify(summary) : showFindings(findings));
  if (violations > 0) process.exitCode = 1;
}

/** A stand-in's address is in the environment beside the database's, or known of the world. */
function targetStandIns(env: NodeJS.ProcessEnv): StandInUrls {
  if (env["DATABASE_URL"]) {
    return { stripe: env["STRIPE_URL"] || undefined, mail: env["SENDGRID_URL"] || undefined };
  }
  const { sandboxUrl, standIns } = findRunningWorld() ?? {};
  return {
    stripe: standIns?.stripe ? sandboxUrl : undefined,
    mail: standIns?.sendgrid ? sandboxUrl : undefined,
  };
}

function readArguments(args: string[]): Wishes {
  const { age, json = false } = parse(args);
  const patienceSeconds = Number(age ?? usualPatienceSeconds);
  if (patienceSeconds >= 0) return { json, patienceSeconds };
  throw line.misuse(`--age is "${age}", and must be a number of seconds.`);
}

function parse(args: string[]): { age?: string; json?: boolean } {
  return line.parse({ args, options: { age: { type: "string" }, json: { type: "boolean" } } })
    .values;
}

line.answerHelp(process.argv.slice(2));
await onTargetDatabase("invariants", process.env, (db) =>
  main(db, readArguments(process.argv.slice(2)), targetStandIns(process.env)),
);
