import { databaseError } from "../src/db/transaction.ts";
import { codeOf, Refused } from "../src/errors.ts";
import type { ActMeans } from "../src/ops/acts/act.ts";
import { OrderChanged } from "../src/ops/acts/stale-order.ts";
import { Misuse } from "./command-line.ts";
import { deeds, doDeed, doLooseDeed, looseDeeds } from "./orders/deeds.ts";
import { exitCodeOf, exitCodes } from "./orders/exit-codes.ts";
import { looks, type Said } from "./orders/looks.ts";
import { openMeans } from "./orders/means.ts";
import { line, readWishes, type Wishes } from "./orders/wishes.ts";
import { endWith, MissingPiece } from "./world/missing-piece.ts";

/**
 * npm run orders: what OrderTracker's pages show and do, for a terminal and for scripts, in the
 * database of DATABASE_URL or of the running world. --help tells the commands and exit codes.
 */
async function main(wishes: Wishes): Promise<void> {
  const run = commandNamed(wishes.command);
  const { means, close } = await openMeans(process.env);
  try {
    const { json, lines, exitCode } = await run(means, wishes);
    console.log(wishes.values.json ? JSON.stringify(json) : lines.join("\n"));
    process.exitCode = exitCode;
  } finally {
    await close();
  }
}

function commandNamed(name: string): (means: ActMeans, wishes: Wishes) => Promise<Said> {
  const look = looks[name];
  if (look) return look;
  const deed = deeds[name];
  if (deed) return (means, wishes) => doDeed(means, deed, wishes);
  const loose = looseDeeds[name];
  if (loose) return (means, wishes) => doLooseDeed(means, loose, wishes);
  throw line.misuse(name === "" ? "Say what is to be done." : `There is no command ${name}.`);
}

/** A sentence and an exit code for what people can mend; anything else keeps its stack. */
function end(error: unknown, json: boolean): void {
  const named = databaseError(error);
  const exitCode = exitCodeOf(named);
  if (!(named instanceof Error) || exitCode === null) endWith(named);
  process.exitCode = exitCode;
  if (!json) {
    console.error(named.message);
    return;
  }
  const faults = named instanceof Refused ? named.faults : [];
  const present = named instanceof OrderChanged ? { present: named.present } : {};
  console.log(JSON.stringify({ error: codeOf(named), detail: named.message, faults, ...present }));
}

const args = process.argv.slice(2);
line.answerHelp(args);
let wishes: Wishes | null = null;
try {
  wishes = readWishes(args);
  await main(wishes);
} catch (error) {
  if (error instanceof MissingPiece) {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = error instanceof Misuse ? exitCodes.usage : exitCodes.failed;
  } else end(error, wishes?.values.json ?? false);
}
