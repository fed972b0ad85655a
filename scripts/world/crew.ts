import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { Child, type Ending } from "./child.ts";
import type { Guardian } from "./guardian.ts";
import { type ProcessMark, readMark, stopProcess, writeMark } from "./process-mark.ts";

const childStop = [
  { signal: "SIGTERM", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 1_000 },
] as const;

export interface CrewWishes {
  guardian: Guardian;
  /** Where it is noted which processes run, for a next start after we were killed. */
  folder: string;
  logFolder?: string;
  onLine?: (line: string, name: string) => void;
  onDeath: (child: Child, ending: Ending) => void;
}

/** The Node processes of one world, by name. */
export class Crew {
  readonly #children = new Map<string, Child>();
  readonly #wishes: CrewWishes;
  #closed = false;
  readonly #marks = new Map<string, ProcessMark>();

  constructor(wishes: CrewWishes) {
    this.#wishes = wishes;
    mkdirSync(wishes.folder, { recursive: true });
    if (wishes.logFolder) mkdirSync(wishes.logFolder, { recursive: true });
  }

  /** Starts a process; a second of the same name is called "<name>-2". */
  add(
    wanted: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    { endsByItself = false } = {},
  ): Child {
    // A start that was given up may still be on its way here.
    if (this.#closed) throw new Error(`The world is stopping: ${wanted} is not started`);
    let name = wanted;
    for (let copy = 2; this.#children.has(name); copy++) name = `${wanted}-${copy}`;
    const { logFolder, onLine } = this.#wishes;
    const child = new Child({
      name,
      args,
      env,
      endsByItself,
      ...(logFolder && { logFile: path.join(logFolder, `${name}.log`) }),
      ...(onLine && { onLine }),
      onStart: (mark) => this.#started(name, mark),
      onEnd: (ending) => this.#ended(name, ending),
    });
    this.#children.set(name, child);
    child.start();
    return child;
  }

  get(name: string): Child {
    const child = this.#children.get(name);
    if (child) return child;
    throw new Error(`There is no process ${name}, only ${[...this.#children.keys()].join(", ")}`);
  }

  /** All that run, or are just being started again. */
  all(): Child[] {
    return [...this.#children.values()];
  }

  /** Stops all at the same time, but those that the others need, which come last. */
  async stop(last: readonly string[]): Promise<void> {
    this.#closed = true;
    const all = [...this.#children.values()];
    await Promise.all(all.filter(({ name }) => !last.includes(name)).map((child) => child.stop()));
    await Promise.all(all.filter(({ name }) => last.includes(name)).map((child) => child.stop()));
  }

  #started(name: string, mark: ProcessMark): void {
    this.#marks.set(name, mark);
    writeMark(this.#markFile(name), mark);
    this.#wishes.guardian.watch(mark, "TERM");
  }

  #ended(name: string, ending: Ending): void {
    const mark = this.#marks.get(name);
    if (mark) this.#wishes.guardian.forget(mark);
    rmSync(this.#markFile(name), { force: true });
    const child = this.#children.get(name);
    if (child && !ending.wanted) this.#wishes.onDeath(child, ending);
  }

  #markFile(name: string): string {
    return path.join(this.#wishes.folder, `${name}.json`);
  }
}

/** Stops what a run that was killed has left running; answers their names. */
export async function stopLeftOvers(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const alive = names.flatMap((name) => {
    const mark = readMark(path.join(folder, name));
    return mark ? [{ name: path.basename(name, ".json"), mark }] : [];
  });
  await Promise.all(alive.map(({ mark }) => stopProcess(mark, childStop)));
  return alive.map(({ name }) => name);
}
