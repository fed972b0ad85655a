import { expect, test } from "vitest";
import { type Bench, paces, sizes } from "../../../scripts/bench/bench.ts";
import { inBenchWorld } from "../../../scripts/bench/bench-world.ts";
import { measureLoad } from "../../../scripts/bench/load/measure-load.ts";
import { quiet } from "../../support/settings.ts";

/**
 * What an order may cost at 256 clients, counted and not timed: DESIGN's budgets, but half of it
 * for Redis, and for WAL what an order writes, a third more (docs/performance.md says why).
 */
const most = {
  ...{ transactions: 1.5, statements: 5, redisScripts: 6, walBytesWithoutImages: 17_500 },
  // One web and one worker fit twice into Heroku's smallest plan, old and new beside each other.
  redisConnections: 10,
};
const clients = 256;
/** The order is created at Stripe, and read once; whoever pays is told by one webhook. */
const mostStripeCalls = 2.05;

// A machine that stands still for a second fills no batches: a noisy moment gets another try.
const patience = { timeout: 120_000, retry: 2 };

test(
  "an order costs no more statements, transactions, WAL and Redis calls than it may",
  patience,
  async () => {
    const silent = {
      say: (line: string) => quiet.info(line),
      signal: AbortSignal.timeout(110_000),
    };
    const bench: Bench = {
      ...silent,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
      pace: { warmUpMs: 3_000, measureMs: 6_000, yardstickMs: 300 },
      sizes: sizes.quick,
      folder: "",
    };
    expect(bench.pace.measureMs).toBeGreaterThan(paces.quick.measureMs);
    const { figures, counts } = await inBenchWorld(bench, {}, async (world) => ({
      figures: await measureLoad(world, bench.pace, { clients }),
      counts: (await (await fetch(`${world.sandboxUrl}/_sandbox/counts`)).json()) as Counts,
    }));

    const over = Object.entries(most).filter(
      ([name, limit]) => !((figures[name as keyof typeof most] ?? Number.NaN) <= limit),
    );
    expect(over, JSON.stringify(figures)).toEqual([]);
    const created = counts["POST /v1/payment_intents"] ?? Number.NaN;
    const read = counts["GET /v1/payment_intents/:id"] ?? Number.NaN;
    expect((created + read) / created, JSON.stringify(counts)).toBeLessThanOrEqual(mostStripeCalls);
    expect(counts["POST /v3/mail/send"], JSON.stringify(counts)).toBe(created);
  },
);

type Counts = Record<string, number>;
