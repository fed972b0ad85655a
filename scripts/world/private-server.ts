import { rmSync } from "node:fs";
import path from "node:path";
import { type ProcessMark, readMark, stopProcess, writeMark } from "./process-mark.ts";

/** A database or queue server that the local world started for itself. */
export interface PrivateServer {
  url: string;
  mark: ProcessMark;
  stop(): Promise<void>;
}

type StopSignals = Parameters<typeof stopProcess>[1];

interface RunningServer extends ProcessMark {
  url?: string;
}

export function markFileIn(folder: string): string {
  return path.join(folder, "server.json");
}

/** The server that takes connections from now on, noted down for the next run to find. */
export function runningServer(
  folder: string,
  mark: ProcessMark,
  url: string,
  signals: StopSignals,
): PrivateServer {
  const markFile = markFileIn(folder);
  writeMark<RunningServer>(markFile, { ...mark, url });
  return {
    url,
    mark,
    async stop() {
      await stopProcess(mark, signals);
      rmSync(markFile, { force: true });
    },
  };
}

/** The living server of another run in this folder, if that run got it ready. */
export function findRunningServer(folder: string, signals: StopSignals): PrivateServer | undefined {
  const found = readMark<RunningServer>(markFileIn(folder));
  if (found?.url === undefined) return undefined;
  return runningServer(folder, { pid: found.pid, startedAt: found.startedAt }, found.url, signals);
}
