import { setTimeout as delay } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { inBenchWorld } from "../bench-world.ts";
import { now, openBuyers, type Purchase } from "../load/buyer.ts";
import { usualLines } from "../load/usual-lines.ts";
import { latencyOf } from "../measure/latency.ts";
import { costPerOrder, openMeter } from "../measure/meter.ts";
import { besideYardsticks } from "../measure/yardsticks.ts";
import { bound, type Result } from "../result.ts";

const perSecond = 20;
const warmUpOrders = 40;

/**
 * Light load in an open loop: an order is due each 50 ms whatever became of those before, and
 * waiting counts from when it was due, so that a stall is not hidden by those who wait in it.
 */
export async function light(bench: Bench): Promise<Result> {
  return await inBenchWorld(bench, {}, async (world) => {
    await world.control("/stripe/auto_pay", { on: true });
    const meter = openMeter(world);
    const buyers = await openBuyers(world, 64);
    const buy = (nr: number, due: number) => buyers.buy(usualLines(nr), due);
    const count = perSecond * bench.sizes.lightSeconds;
    const load = async () => {
      await inOpenLoop(warmUpOrders, buy);
      const before = await meter.read();
      const purchases = await inOpenLoop(count, buy);
      return { before, purchases, after: await meter.read() };
    };
    const { yardstickMs } = bench.pace;
    const [measured, yardsticks] = await besideYardsticks(world, yardstickMs, load);
    const { before, purchases, after } = measured;
    buyers.close();
    meter.close();

    const latency = await latencyOf(world.db, purchases);
    const cost = await costPerOrder(world, before, after, count);
    const figures = {
      orders: count,
      ...yardsticks,
      ...latency,
      ...cost,
      ownCpuInJobs: cost.ownCpuMs / yardsticks.emptyJobCpuMs,
    };
    return {
      name: "light",
      title: `Light load of ${perSecond} orders a second, in an open loop`,
      rows: [{ label: `${perSecond} orders/s`, figures }],
      bounds: [
        bound("POST to paid, p50, ms", latency.paid.p50, { atMost: 40, aim: 25 }),
        bound("POST to paid, p99, ms", latency.paid.p99, { atMost: 100, aim: 60 }),
      ],
    };
  });
}

async function inOpenLoop(
  count: number,
  buy: (nr: number, due: number) => Promise<Purchase>,
): Promise<Purchase[]> {
  const start = now();
  const all: Promise<Purchase>[] = [];
  for (let nr = 0; nr < count; nr++) {
    const due = start + (nr * 1_000) / perSecond;
    await delay(Math.max(0, due - now()));
    const purchase = buy(nr, due);
    // One that fails is heard of at the end, with all others.
    purchase.catch(() => undefined);
    all.push(purchase);
  }
  return await Promise.all(all);
}
