import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** What a figure was measured on: without it the figure says nothing. */
export interface Machine {
  cores: number;
  processor: string;
  memoryGb: number;
  system: string;
  node: string;
  /** Of the repository, where it is one. */
  commit: string | null;
  at: string;
}

export function machineOf(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    commit: commitOf(),
    at: new Date().toISOString(),
  };
}

/** In one line, for people. */
export function shapeOf({ cores, processor, memoryGb, node, commit, at }: Machine): string {
  const shape = `${cores} cores of ${processor}, ${memoryGb} GB, Node ${node}`;
  return [shape, at.slice(0, 10), ...(commit ? [`commit ${commit}`] : [])].join(", ");
}

function commitOf(): string | null {
  try {
    const said = execFileSync("git", ["describe", "--always", "--dirty", "--exclude=*"], {
      stdio: "pipe",
    });
    return said.toString().trim();
  } catch {
    return null;
  }
}
