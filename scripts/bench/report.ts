import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Machine, shapeOf } from "./machine.ts";
import { comparison } from "./others.ts";
import type { Measured } from "./pictures/measured.ts";
import { drawThroughputChart } from "./pictures/throughput-chart.ts";
import { isMet, type Result } from "./result.ts";

/** All of a run, as it is written for machines. */
export interface Report {
  machine: Machine;
  results: Result[];
  /** Benchmarks that did not come to an end, and why. */
  failures?: string[];
}

/** Writes bench.json, and bench.svg where there is something to draw; answers their paths. */
export function writeReport(folder: string, report: Report): string[] {
  mkdirSync(folder, { recursive: true });
  const json = path.join(folder, "bench.json");
  writeFileSync(json, `${JSON.stringify(withVerdicts(report), undefined, 2)}\n`);
  const rows = report.results.flatMap(measuredIn);
  if (rows.length === 0) return [json];
  const svg = path.join(folder, "bench.svg");
  const title = "Aurora: whole orders, placed to mailed";
  writeFileSync(svg, drawThroughputChart({ title, heading: shapeOf(report.machine), rows }));
  return [json, svg];
}

export function withVerdicts({ results, ...report }: Report) {
  return {
    ...report,
    others: comparison,
    results: results.map(({ bounds, ...result }) => ({
      ...result,
      bounds: bounds.map((bound) => ({ ...bound, isMet: isMet(bound) })),
    })),
  };
}

/** What of a result goes into the picture: rows with a rate. */
function measuredIn({ name, rows }: Result): Measured[] {
  return rows.flatMap(({ label, figures: { ordersPerSecond, post, paid, mailed } }) => {
    if (ordersPerSecond === undefined) return [];
    const latency = {
      ...(post && { POST: post }),
      ...(paid && { paid }),
      ...(mailed && { mailed }),
    };
    return [{ benchmark: name, label, ordersPerSecond, latency }];
  });
}
