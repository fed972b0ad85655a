import { rmSync } from "node:fs";
import { withLock } from "./folder-lock.ts";
import { MissingPiece } from "./missing-piece.ts";
import { auroraFolder, places } from "./places.ts";
import { markOf, type ProcessMark, readMark, writeMark } from "./process-mark.ts";
import type { StandIns } from "./world-settings.ts";

/** What other commands need to know of the world that npm start holds up. */
export type RunningWorld = ProcessMark & Partial<Addresses>;

interface Addresses {
  apiUrl: string;
  sandboxUrl: string | undefined;
  standIns: StandIns;
  databaseUrl: string;
  redisUrl: string;
}

/** Claims the one place of this folder's world; refuses while another run holds it. */
export async function claimWorld(): Promise<{
  announce(world: Addresses): void;
  leave(): void;
}> {
  const mark = markOf(process.pid);
  if (!mark) throw new Error("This process has no start time.");
  await withLock(`${auroraFolder}/start.lock`, async () => {
    const other = findRunningWorld();
    if (other) throw alreadyRunning(other);
    writeMark(places.running, mark);
  });
  return {
    announce({ apiUrl, sandboxUrl, standIns, databaseUrl, redisUrl }) {
      writeMark<RunningWorld>(places.running, {
        ...mark,
        ...{ apiUrl, sandboxUrl, standIns, databaseUrl, redisUrl },
      });
    },
    leave: () => rmSync(places.running, { force: true }),
  };
}

/** The world that runs now, if one does. */
export function findRunningWorld(): RunningWorld | undefined {
  return readMark<RunningWorld>(places.running);
}

function alreadyRunning({ pid, apiUrl }: RunningWorld): MissingPiece {
  const where = apiUrl === undefined ? "is just starting" : `is at ${apiUrl}`;
  return new MissingPiece(
    `Aurora runs already: process ${pid} ${where}.`,
    `Use that one, or stop it first (Ctrl-C where it runs, or kill ${pid}).`,
  );
}
