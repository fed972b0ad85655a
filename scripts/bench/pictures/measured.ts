/** What people wait for: the answer, the commit that made the order paid, the mail. */
export const waits = ["POST", "paid", "mailed"] as const;
export type Wait = (typeof waits)[number];

/** In milliseconds. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** One row of the picture: what was measured of one load. */
export interface Measured {
  /** Rows of one benchmark stand together below its name. */
  benchmark?: string;
  /** The load, such as "64 clients". */
  label: string;
  ordersPerSecond: number;
  /** Only those that were measured. */
  latency?: Partial<Record<Wait, Percentiles>>;
}

/** Refuses what can't be drawn, by the name of its row. */
export function refuseUnmeasured(rows: readonly Measured[]): void {
  if (rows.length === 0) throw new Error("There is nothing to draw: the picture needs a row.");
  for (const { benchmark, label, ordersPerSecond, latency = {} } of rows) {
    const name = benchmark === undefined ? label : `${benchmark}, ${label}`;
    refuse(name, "orders per second", ordersPerSecond);
    for (const [wait, { p50, p95, p99 }] of Object.entries(latency)) {
      for (const [at, ms] of Object.entries({ p50, p95, p99 })) refuse(name, `${wait} ${at}`, ms);
      if (p50 <= p95 && p95 <= p99) continue;
      throw new Error(`${name}: ${wait} has p50 ${p50}, p95 ${p95}, p99 ${p99}, which must rise.`);
    }
  }
}

function refuse(name: string, what: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new Error(`${name}: ${what} is ${value}, which is no measured figure.`);
}
