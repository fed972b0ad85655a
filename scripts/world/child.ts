import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { root } from "./places.ts";
import { markOf, type ProcessMark } from "./process-mark.ts";

const linesKept = 2_000;

export interface ChildPlan {
  name: string;
  /** The program and its arguments, run by the Node that runs us. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile?: string;
  /** It does its work and ends, which is no misfortune. */
  endsByItself?: boolean;
  onLine?: (line: string, name: string) => void;
  onStart?: (mark: ProcessMark, name: string) => void;
  onEnd?: (ending: Ending, name: string) => void;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it was we who ended it. */
  wanted: boolean;
}

/** One process of the local world: its log, and handles to stop, kill and restart it. */
export class Child {
  readonly name: string;
  /** What it printed last, over all its lives. */
  readonly lines: string[] = [];
  readonly #plan: ChildPlan;
  readonly #log: WriteStream | undefined;
  #process: ChildProcess | undefined;
  #ended: Promise<Ending> = Promise.resolve({ code: 0, signal: null, wanted: true });
  #wanted = false;
  #wakesUp: NodeJS.Timeout | undefined;

  constructor(plan: ChildPlan) {
    this.name = plan.name;
    this.#plan = plan;
    this.#log = plan.logFile ? createWriteStream(plan.logFile, { mode: 0o600 }) : undefined;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Resolves when the present life ends, however it ends. */
  get ended(): Promise<Ending> {
    return this.#ended;
  }

  start(): void {
    if (this.#process) throw new Error(`${this.name} is running already`);
    const { args, env, name, onStart, onEnd } = this.#plan;
    this.#wanted = false;
    // A group of its own: Ctrl-C is for us, who then stop the children in order.
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.#keep(line));
    }
    const mark = child.pid === undefined ? undefined : markOf(child.pid);
    if (mark) onStart?.(mark, name);
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => this.#keep(`ERROR ${name} did not start: ${error.message}`));
      child.once("close", (code, signal) => {
        this.#process = undefined;
        this.#forgetPause();
        const wanted = this.#wanted || (code === 0 && this.#plan.endsByItself === true);
        const ending = { code, signal, wanted };
        onEnd?.(ending, name);
        resolve(ending);
      });
    });
  }

  /** Sends a signal, SIGKILL unless told otherwise, and waits for the end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ending> {
    this.#wanted = true;
    this.#process?.kill(signal);
    this.resume(); // A frozen process hears of SIGTERM only once it goes on.
    return await this.#ended;
  }

  get isPaused(): boolean {
    return this.#wakesUp !== undefined;
  }

  /** Freezes it in the middle of whatever it does, for so long at most. */
  pause(atMostMs: number): void {
    if (!this.#process || this.isPaused) return;
    this.#process.kill("SIGSTOP");
    this.#wakesUp = setTimeout(() => this.resume(), atMostMs);
  }

  resume(): void {
    if (this.isPaused) this.#process?.kill("SIGCONT");
    this.#forgetPause();
  }

  /** Asks it to stop; one that does not within the time is killed. */
  async stop(withinMs = 28_000): Promise<Ending> {
    const timer = setTimeout(() => this.#process?.kill("SIGKILL"), withinMs);
    try {
      return await this.kill("SIGTERM");
    } finally {
      clearTimeout(timer);
    }
  }

  async restart(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.kill(signal);
    this.start();
  }

  #forgetPause(): void {
    clearTimeout(this.#wakesUp);
    this.#wakesUp = undefined;
  }

  #keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > linesKept) this.lines.splice(0, linesKept / 2);
    this.#log?.write(`${line}\n`);
    this.#plan.onLine?.(line, this.name);
  }
}
