import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * A note on disk that says which process we started. A pid alone may have been
 * given to a stranger since; with the time of its start it names one process only.
 */
export interface ProcessMark {
  pid: number;
  startedAt: string;
}

export function markOf(pid: number): ProcessMark | undefined {
  const startedAt = startTimeOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(mark: ProcessMark): boolean {
  return startTimeOf(mark.pid) === mark.startedAt;
}

export function writeMark<T extends ProcessMark>(file: string, mark: T): void {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(mark), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

/** The living process a note names; notes of dead ones are removed. */
export function readMark<T extends ProcessMark>(file: string): T | undefined {
  let mark: T;
  try {
    mark = JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return undefined;
  }
  if (isAlive(mark)) return mark;
  rmSync(file, { force: true });
  return undefined;
}

/** Asks a process to stop, then insists; answers once it is gone. */
export async function stopProcess(
  mark: ProcessMark,
  signals: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<void> {
  for (const { signal, waitMs } of signals) {
    if (!isAlive(mark)) return;
    try {
      process.kill(mark.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
      throw error;
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!isAlive(mark)) return;
      await delay(15);
    }
  }
}

/** The command line of a process; empty when it is gone or not for us to see. */
export function commandOf(pid: number): string {
  if (process.platform !== "linux") return askPs("command=", pid) ?? "";
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** When a process started, in the system's own words; undefined if it is gone or a zombie. */
function startTimeOf(pid: number): string | undefined {
  if (process.platform !== "linux") return askPs("lstart=", pid);
  try {
    // The command, in brackets, may hold spaces and brackets itself: count from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function askPs(column: string, pid: number): string | undefined {
  try {
    const said = execFileSync("ps", ["-o", column, "-p", String(pid)], { stdio: "pipe" });
    return said.toString().trim() || undefined;
  } catch {
    return undefined;
  }
}
