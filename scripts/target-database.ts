import { connect, type Db } from "../src/db/connect.ts";
import { databaseError } from "../src/db/transaction.ts";
import { Refused, Unavailable } from "../src/errors.ts";
import { createLog } from "../src/log.ts";
import { endWith, MissingPiece } from "./world/missing-piece.ts";
import { findRunningWorld } from "./world/running-world.ts";

/** Which database a command works on: the one that is named, else that of the running world. */
export function targetDatabase(env: NodeJS.ProcessEnv): string {
  const url = env["DATABASE_URL"] || findRunningWorld()?.databaseUrl;
  if (url) return url;
  throw new MissingPiece(
    "No database is named, and no local world runs.",
    "Set DATABASE_URL, or run npm start in another terminal.",
  );
}

/** Runs a command on that database; a refusal ends it with its sentence and exit code 1. */
export async function onTargetDatabase(
  command: string,
  env: NodeJS.ProcessEnv,
  act: (db: Db) => Promise<void>,
): Promise<void> {
  const log = createLog(command, { level: "error", format: "pretty" });
  try {
    const settings = { DATABASE_URL: targetDatabase(env), DATABASE_POOL: 2 };
    const db = connect(settings, log, { name: `aurora ${command}`, statementSeconds: 60 });
    try {
      await act(db);
    } finally {
      await db.destroy();
    }
  } catch (error) {
    endWith(inOneSentence(error));
  }
}

/** Faults that a person at a terminal can mend, without the stack. */
function inOneSentence(error: unknown): unknown {
  const named = databaseError(error);
  if (named instanceof Refused) return new MissingPiece(named.message, "");
  if (named instanceof Unavailable) {
    return new MissingPiece("The database does not answer.", "Check DATABASE_URL and start it.");
  }
  const isEmpty = named instanceof Error && "code" in named && named.code === "42P01";
  if (!isEmpty) return named;
  return new MissingPiece("The database has no tables.", "Run node src/db/migrate.ts first.");
}
