import type { Percentiles } from "./measure/percentiles.ts";

/** What was measured under one load; `figureTitles` says what each is, and in which unit. */
export type Figures = Partial<
  Record<FigureName, number> &
    Record<GroupName, Record<string, number>> &
    Record<LatencyName, Percentiles>
>;

export const latencyTitles = {
  post: "POST answered, ms",
  decided: "paid or rejected, ms",
  paid: "paid (commit), ms",
  mailed: "mailed, ms",
  late: "ended after its deadline, ms",
} as const;

/** Figures by process, or by kind of what is due to go. */
export const groupTitles = {
  cpuMs: ["CPU an order, ms:", 2],
  carries: ["orders/s at 75 % of a core:", 0],
  memoryMb: ["RSS, MB:", 0],
  peakMb: ["most RSS so far, MB:", 0],
  gonePerSecond: ["erased or deleted/s:", 0],
  timesMade: ["for each that orders make:", 2],
} as const;

/** Each figure's title, and how many digits of it mean anything. */
export const figureTitles = {
  ordersPerSecond: ["orders/s", 1],
  decidedPerSecond: ["decided/s", 0],
  placedPerSecond: ["placed/s", 0],
  endedPerSecond: ["ended/s", 0],
  jobsShare: ["as a share of J", 4],
  commitsShare: ["as a share of P", 4],
  echoesShare: ["as a share of HTTP echoes", 4],
  emptyJobsPerSecond: ["J: empty BullMQ jobs/s", 0],
  driftOfJ: ["J after the load, as a share of J before", 2],
  emptyJobCpuMs: ["CPU of an empty job, ms", 3],
  durableCommitsPerSecond: ["P: durable one-row commits/s", 0],
  echoesPerSecond: ["HTTP echoes/s", 0],
  // Apart from orders/s, which the picture shows of each load.
  inTurnPerSecond: ["orders/s, in turn with J", 1],
  spreadPerSecond: ["orders/s, spread", 1],
  hotPerSecond: ["orders/s, one hot SKU", 1],
  shareOfSpread: ["as a share of the spread load", 3],
  shareOfFresh: ["as a share of an empty shop", 3],
  jobsShareOfFresh: ["share of J, as a share of an empty shop's", 3],
  cpuOfFresh: ["own CPU, as a multiple of an empty shop's", 3],
  keepsUp: ["what can go, for each that orders make", 2],
  shareOfUndisturbed: ["as a share of when nothing is due", 3],
  ownCpuMs: ["own CPU an order, ms", 2],
  ownCpuInJobs: ["own CPU an order, in empty jobs", 1],
  transactions: ["PostgreSQL transactions an order", 2],
  statements: ["PostgreSQL statements an order", 2],
  walBytes: ["WAL an order, bytes", 0],
  walBytesWithoutImages: ["WAL without page images, bytes", 0],
  redisScripts: ["Redis EVALSHA an order", 1],
  redisCommands: ["Redis commands an order, in scripts too", 0],
  connections: ["PostgreSQL connections", 0],
  redisConnections: ["Redis connections", 0],
  sold: ["sold", 0],
  rejected: ["rejected", 0],
  secondsToDecide: ["until all were answered, s", 2],
  lines: ["lines an order", 1],
  mostLines: ["lines of the largest", 0],
  orders: ["orders", 0],
  historyOrders: ["orders of the history", 0],
  secondsToMake: ["made in, s", 0],
  redisMb: ["Redis memory, MB", 1],
  postgresMb: ["PostgreSQL memory, MB", 0],
  databaseMb: ["database on disk, MB", 0],
  secondsToEnd: ["until all had ended, s", 2],
  keepingWaitMs: ["longest wait for a lock of house-keeping, ms", 0],
  lockWaitMs: ["longest wait for a lock, ms", 0],
} as const satisfies Record<string, readonly [title: string, digits: number]>;

type FigureName = keyof typeof figureTitles;
type GroupName = keyof typeof groupTitles;
type LatencyName = keyof typeof latencyTitles;

export interface Row {
  label: string;
  figures: Figures;
}

/** What a figure has to be, and what we aim at. */
export interface Bound {
  what: string;
  value: number;
  atLeast?: number;
  atMost?: number;
  aim?: number;
}

export interface Result {
  name: string;
  title: string;
  rows: Row[];
  bounds: Bound[];
}

export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Bound): boolean {
  return value >= atLeast && value <= atMost;
}

/** No process of the Procfile may become larger than a small one's memory. */
export function memoryBound(rows: readonly Row[]): Bound {
  const peaks = rows.flatMap(({ figures }) => Object.values(figures.peakMb ?? {}));
  return bound("most RSS of a process, MB", Math.max(...peaks), { atMost: 350 });
}

/** A bound on a figure that was measured; one that is missing meets nothing. */
export function bound(
  what: string,
  value: number | undefined,
  limits: Pick<Bound, "atLeast" | "atMost" | "aim">,
): Bound {
  return { what, value: value ?? Number.NaN, ...limits };
}
