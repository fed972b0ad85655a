import type { Result } from "./result.ts";

/** How long a load runs before it counts, and while it counts, in milliseconds. */
export interface Pace {
  warmUpMs: number;
  measureMs: number;
  /** For a raw limit of the machine, beside each load. */
  yardstickMs: number;
}

export const paces = {
  // V8 compiles a process, and PostgreSQL's statistics follow its tables, in the first seconds.
  usual: { warmUpMs: 15_000, measureMs: 20_000, yardstickMs: 3_000 },
  /** To see whether everything works; its figures say little. */
  quick: { warmUpMs: 1_000, measureMs: 3_000, yardstickMs: 300 },
} as const satisfies Record<string, Pace>;

/** How large each benchmark is. */
export interface Sizes {
  finishedOrders: number;
  openOrders: number;
  flashBuyers: number;
  lightSeconds: number;
}

export const sizes = {
  usual: {
    finishedOrders: 1_000_000,
    openOrders: 100_000,
    flashBuyers: 10_000,
    lightSeconds: 60,
  },
  quick: { finishedOrders: 20_000, openOrders: 500, flashBuyers: 500, lightSeconds: 5 },
} as const satisfies Record<string, Sizes>;

/** What a benchmark is run with. */
export interface Bench {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal: AbortSignal;
  pace: Pace;
  sizes: Sizes;
  /** The retail export whose sales are placed, in the form of npm run replay; else made ones. */
  ordersFile?: string | undefined;
  /** Where the results go, flame graphs among them. */
  folder: string;
}

export type Benchmark = (bench: Bench) => Promise<Result>;
