import { sql } from "kysely";
import { restFactor } from "../../../src/workers/in-pages.ts";
import type { Bench } from "../bench.ts";
import { type BenchWorld, inBenchWorld } from "../bench-world.ts";
import {
  byKind,
  countDue,
  deletingTimes,
  type Kind,
  makeDue,
  takeAway,
} from "../history/due-rows.ts";
import { generateHistory } from "../history/generate-history.ts";
import { measureLoad } from "../load/measure-load.ts";
import { watchLocks } from "../measure/lock-watch.ts";
import { until } from "../measure/until.ts";
import { type Bound, bound, type Figures, memoryBound, type Result } from "../result.ts";

const startsWithin = { withinMs: 30_000, pauseMs: 20 };

/** The same load while nothing is due to go, and while all is that very many orders have left. */
export async function keeping(bench: Bench): Promise<Result> {
  const { dueOrders, crowd } = bench.sizes;
  // A round of the invariants reads all tables: it is not to fall into one of the loads by chance.
  const settings = { INVARIANT_MINUTES: "600" };
  return await inBenchWorld(bench, { settings }, async (world) => {
    await generateHistory(world.databaseUrl, { orders: dueOrders, say: bench.say });
    // Without, with, without: what the machine's other guests do meanwhile is in both.
    const { figures: before } = await measureBesideKeeping(world, bench);
    await makeDue(world.db);
    const { figures: during, due, spentMs } = await measureBesideKeeping(world, bench);
    const { figures: after } = await measureBesideKeeping(world, bench);

    const { ordersPerSecond = Number.NaN, gonePerSecond = {} } = during;
    // Each order of the load has a person; of the history's some have lost it before.
    const made = (kind: Kind) => Math.max(1, due[kind] / dueOrders) * ordersPerSecond;
    const timesMade = byKind((kind) => (gonePerSecond[kind] ?? 0) / made(kind));
    const undisturbed = ((before.ordersPerSecond ?? 0) + (after.ordersPerSecond ?? 0)) / 2;
    const keepsUp = keepsUpWith(spentMs, timesMade);
    const full = {
      ...during,
      timesMade,
      keepsUp,
      shareOfUndisturbed: ordersPerSecond / undisturbed,
    };
    const rows = [
      { label: "nothing due", figures: before },
      { label: "all due", figures: full },
      { label: "nothing due again", figures: after },
    ];
    return {
      name: "keeping",
      title: `What ${dueOrders} orders have left is due to go, ${crowd} clients`,
      rows,
      bounds: [...boundsOf(full, [before, after]), memoryBound(rows)],
    };
  });
}

/**
 * So many times as much of all kinds could have gone in the same time, had each got its share of
 * it: while all are due, each gets as many pages, however little of it orders make.
 */
function keepsUpWith(spentMs: Record<Kind, number>, timesMade: Record<Kind, number>): number {
  const sum = (of: (kind: Kind) => number) =>
    Object.values(byKind(of)).reduce((total, each) => total + each, 0);
  return sum((kind) => spentMs[kind]) / sum((kind) => spentMs[kind] / timesMade[kind]);
}

/**
 * A load, what went meanwhile of what was due, and how long anybody waited for a lock. A worker
 * keeps house when it has started, and then once a minute: so it starts for each load.
 */
async function measureBesideKeeping(world: BenchWorld, { sizes, pace, say }: Bench) {
  const { db } = world;
  const worker = world.child("worker");
  const due = await countDue(db);
  say(`Due to go: ${JSON.stringify(due)}`);
  let kept: Figures = {};
  let spentMs = byKind(() => Number.NaN);
  const around = async <T>(load: () => Promise<T>): Promise<T> => {
    await worker.restart("SIGTERM");
    await until("the worker's first beat", startsWithin, async () => {
      const { rows } = await sql`SELECT FROM heartbeats
        WHERE role = 'sweeper' AND instance LIKE ${`%:${worker.pid}`}`.execute(db);
      return rows.length > 0;
    });
    const startedAt = performance.now();
    const spentBefore = await deletingTimes(db);
    const locks = watchLocks(db);
    const measured = await load();
    const waits = await locks.stop();
    const left = await countDue(db);
    const seconds = (performance.now() - startedAt) / 1_000;
    spentMs = timesSpent(spentBefore, await deletingTimes(db), seconds * 1_000);
    kept = { ...waits, gonePerSecond: byKind((kind) => (due[kind] - left[kind]) / seconds) };
    await worker.stop();
    await takeAway(db);
    return measured;
  };
  const load = await measureLoad(world, pace, { clients: sizes.crowd, around });
  return { due, spentMs, figures: { ...load, ...kept } };
}

/** What was not spent on the other kinds, nor rested, was spent on persons. */
function timesSpent(before: Record<Kind, number>, after: Record<Kind, number>, totalMs: number) {
  const spent = byKind((kind) => after[kind] - before[kind]);
  const others = Object.values(spent).reduce((sum, ms) => sum + ms, 0);
  return { ...spent, persons: totalMs / (1 + restFactor) - others };
}

function boundsOf(full: Figures, others: readonly Figures[]): Bound[] {
  const usual = others.reduce((sum, { post }) => sum + (post?.p99 ?? Number.NaN), 0);
  const asUsual = ((full.post?.p99 ?? Number.NaN) * others.length) / usual;
  return [
    bound("orders/s, as a share of when nothing is due", full.shareOfUndisturbed, { atLeast: 0.9 }),
    bound("what can go of all kinds, for each that orders make", full.keepsUp, { atLeast: 1 }),
    bound("POST p99, as a multiple of when nothing is due", asUsual, { atMost: 2 }),
    // Orders wait for each other, too.
    bound("longest wait for a lock of house-keeping, ms", full.keepingWaitMs, { atMost: 100 }),
  ];
}
