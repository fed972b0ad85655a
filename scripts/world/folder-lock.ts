import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MissingPiece } from "./missing-piece.ts";
import { isAlive, markOf, type ProcessMark } from "./process-mark.ts";

const patienceMs = 120_000;

/**
 * Does something while no other process on this machine does it with the same
 * lock file. The lock of a process that died is taken over.
 */
export async function withLock<T>(file: string, act: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  const deadline = performance.now() + patienceMs;
  while (!tryToTake(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) removeAbandoned(file, holder);
    else await delay(25);
    if (performance.now() > deadline) {
      throw new MissingPiece(
        `Another run has held ${file} for two minutes.`,
        "Wait for it to end, or remove that file if nothing runs.",
      );
    }
  }
  try {
    return await act();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A hard link appears with its content or not at all, so that nobody ever reads half a lock. */
function tryToTake(file: string): boolean {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(markOf(process.pid)), { mode: 0o600 });
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessMark;
  } catch {
    return undefined;
  }
}

/** Two waiters may find the same dead holder: the one who moves the file away looks at it again. */
function removeAbandoned(file: string, dead: ProcessMark): void {
  const aside = `${file}.abandoned.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved && moved.pid !== dead.pid && isAlive(moved)) {
    try {
      linkSync(aside, file);
    } catch {
      // A third one holds the lock by now: its own file stands, which is all that matters.
    }
  }
  rmSync(aside, { force: true });
}
