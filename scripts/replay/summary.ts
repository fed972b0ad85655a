import { showFindings, violationsIn } from "../world/check-world.ts";
import type { ReplayResult } from "./replay-file.ts";

/** A replay as one line for machines. */
export function summaryOf(result: ReplayResult) {
  const { sales, skipped, carried, findings, placingSeconds, seconds } = result;
  const paid = sales.filter(({ status }) => status === "paid");
  const times = paid.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return {
    sales: sales.length,
    skipped: skipped.cancellations + skipped.withoutGoods + skipped.other,
    skippedBecause: skipped,
    paid: paid.length,
    rejected: sales.filter(({ status }) => status === "rejected").length,
    totalMinor: paid.reduce((sum, { totalMinor }) => sum + totalMinor, 0),
    stripeCapturedMinor: carried.capturedMinor,
    emails: carried.mails.length,
    violations: violationsIn(findings),
    faults: result.faults.length,
    seconds: rounded(seconds, 1),
    ordersPerSecond: rounded(sales.length / placingSeconds, 1),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
}

/** The same for people, with the invariants. */
export function showReplay(result: ReplayResult): string {
  const summary = summaryOf(result);
  const { cancellations, withoutGoods, other } = summary.skippedBecause;
  const rows: [string, string | number][] = [
    ["sales", summary.sales],
    ["paid", summary.paid],
    ["rejected", summary.rejected],
    ["cancellations, left out", cancellations],
    ["invoices without goods, left out", withoutGoods],
    ["others, left out", other],
    ["paid in all", inPounds(summary.totalMinor)],
    ["captured by Stripe", inPounds(summary.stripeCapturedMinor)],
    ["mails", summary.emails],
    ["seconds", summary.seconds],
    ["orders per second", summary.ordersPerSecond],
    ["POST to paid, median", `${summary.p50Ms} ms`],
    ["POST to paid, 99 of 100", `${summary.p99Ms} ms`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(34)} ${String(value).padStart(14)}`);
  const ending = result.isSound
    ? ["Everything is as it must be."]
    : [
        "Not everything is as it must be:",
        ...result.faults.slice(0, 20).map((each) => `  ${each}`),
      ];
  return [...lines, "", showFindings(result.findings), "", ...ending].join("\n");
}

/** The smallest time within which this share of the orders was paid. */
function quantile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

function inPounds(minor: number): string {
  return (minor / 100).toFixed(2);
}
