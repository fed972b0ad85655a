import { setTimeout as delay } from "node:timers/promises";
import type { Db } from "../../src/db/connect.ts";
import { allInvariants, checkInvariants } from "../../src/invariants/check-invariants.ts";
import type { Finding, Limits } from "../../src/invariants/invariant.ts";
import { readStandInBooks, type StandInUrls, standInInvariants } from "./stand-in-books.ts";

/** A payment that Stripe's books have and ours have not is on its way to us for so long. */
const onItsWayMs = 5_000;
const pauseMs = 250;

/**
 * Checks every invariant: over our own tables, and beside the books of the stand-ins, these for
 * all orders or only for the ones given.
 */
export async function checkWorld(
  db: Db,
  standIns: StandInUrls,
  limits: Limits,
  orderIds?: readonly string[],
): Promise<Finding[]> {
  const own = await checkInvariants(db, allInvariants(limits));
  return [...own, ...(await compareBooks(db, standIns, orderIds))];
}

async function compareBooks(
  db: Db,
  standIns: StandInUrls,
  orderIds: readonly string[] | undefined,
): Promise<Finding[]> {
  const deadline = performance.now() + onItsWayMs;
  for (;;) {
    // Theirs first: what Stripe has is what we may be expected to know.
    const books = await readStandInBooks(standIns);
    const findings = await checkInvariants(db, standInInvariants(books, orderIds));
    const agree = findings.every(({ broken }) => broken === 0);
    if (agree || performance.now() > deadline) return findings;
    await delay(pauseMs);
  }
}

/** How many rows break a promise. */
export function violationsIn(findings: readonly Finding[]): number {
  return findings.reduce((sum, { broken }) => sum + broken, 0);
}

/** The findings as a table for people, with the offending rows behind it. */
export function showFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const line = (name: string, examined: string | number, broken: string | number) =>
    `  ${name.padEnd(width)}  ${String(examined).padStart(8)}  ${String(broken).padStart(6)}`;
  const table = findings.map(({ name, examined, broken }) => line(name, examined, broken));
  const broken = findings.filter((finding) => finding.broken > 0);
  const ending =
    broken.length === 0
      ? `All ${findings.length} invariants hold.`
      : `${broken.length} of ${findings.length} invariants are broken:`;
  return [
    line("invariant", "examined", "broken"),
    ...table,
    "",
    ending,
    ...broken.map(detail),
  ].join("\n");
}

function detail({ name, promise, broken, rows }: Finding): string {
  const shown = rows.length < broken ? `, the first ${rows.length} of them` : "";
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`);
  return [`\n  ${name}: ${promise}`, `  Not so for ${broken}${shown}:`, ...lines].join("\n");
}
