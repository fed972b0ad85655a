import type { Db } from "../db/connect.ts";
import { edits } from "./edits.ts";
import { goods } from "./goods.ts";
import { histories } from "./histories.ts";
import { examine, type Finding, type Invariant, type Limits } from "./invariant.ts";
import { kin } from "./kin.ts";
import { ledger } from "./ledger.ts";
import { listeners } from "./listeners.ts";
import { money } from "./money.ts";
import { persons } from "./persons.ts";
import { references } from "./references.ts";
import { stock } from "./stock.ts";
import { atStripe } from "./stripe.ts";
import { waiting } from "./waiting.ts";

/** Everything that must be true of our tables at any moment, whatever happened before. */
export function allInvariants(limits: Limits): Invariant[] {
  return [
    ...stock,
    ...references,
    ...edits,
    ...goods,
    ...money(limits),
    ...kin,
    ...ledger,
    ...histories,
    ...waiting(limits),
    ...persons(limits),
    ...listeners(limits),
    ...atStripe(limits),
  ];
}

/**
 * Checks invariants against the database, one after the other, and changes nothing. Each has a
 * read-only transaction of its own: it sees one moment, and holds nobody up.
 */
export async function checkInvariants(
  db: Db,
  invariants: readonly Invariant[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const invariant of invariants) {
    const moment = db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only");
    findings.push(await moment.execute((trx) => examine(trx, invariant)));
  }
  return findings;
}
