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
  quick: { warmUpMs: 500, measureMs: 1_000, yardstickMs: 50 },
} as const satisfies Record<string, Pace>;

/** How large each benchmark is. */
export interface Sizes {
  /** Clients of a full load. */
  crowd: number;
  finishedOrders: number;
  /** Of which all is due to go that is kept for a time only. */
  dueOrders: number;
  openOrders: number;
  flashBuyers: number;
  lightSeconds: number;
  /** Or only so many of them that each role is there. */
  everyLayout: boolean;
}

export const sizes = {
  usual: {
    crowd: 256,
    finishedOrders: 1_000_000,
    dueOrders: 60_000,
    openOrders: 100_000,
    flashBuyers: 10_000,
    lightSeconds: 60,
    everyLayout: true,
  },
  quick: {
    crowd: 32,
    finishedOrders: 2_000,
    dueOrders: 5_000,
    openOrders: 500,
    flashBuyers: 500,
    lightSeconds: 5,
    everyLayout: false,
  },
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
