import path from "node:path";
import { openingStock, readRetailFile } from "../../retail-file.ts";
import { localCurrency } from "../../world/local-shop.ts";
import type { Bench } from "../bench.ts";
import { inBenchWorld, stock } from "../bench-world.ts";
import { now, openBuyers, type Purchase } from "../load/buyer.ts";
import { latencyOf } from "../measure/latency.ts";
import { costPerOrder, openMeter } from "../measure/meter.ts";
import { besideYardsticks, sharesOf } from "../measure/yardsticks.ts";
import { bound, type Result } from "../result.ts";

const clients = 64;
/** Sales of about so many lines are what the bound is about. */
const linesOfBound = 15;
const leastPerSecond = 40;
/** A short file is placed again and again, so that there is something to measure. */
const leastOrders = 300;

/** A shop's real sales, with all their lines, as fast as they go. */
export async function realOrders(bench: Bench): Promise<Result> {
  const { sales, goods } = await readRetailFile(bench.ordersFile);
  const rounds = Math.max(1, Math.ceil(leastOrders / sales.length));
  const all = Array.from({ length: rounds }, () => sales).flat();
  return await inBenchWorld(bench, {}, async (world) => {
    await world.control("/stripe/auto_pay", { on: true });
    const opening = goods.map(({ asked, ...product }) => ({
      ...product,
      currency: localCurrency,
      opening: openingStock(asked, rounds),
    }));
    await stock(world.db, opening);
    const meter = openMeter(world);
    const buyers = await openBuyers(world, clients);
    const purchases: Purchase[] = [];
    const placeAll = async () => {
      const before = await meter.read();
      const start = now();
      const waiting = all.values();
      const client = async () => {
        for (const { lines } of waiting) purchases.push(await buyers.buy(lines));
      };
      await Promise.all(Array.from({ length: clients }, client));
      const perSecond = all.length / ((now() - start) / 1_000);
      return { perSecond, before, after: await meter.read() };
    };
    const [placed, yardsticks] = await besideYardsticks(world, bench.pace.yardstickMs, placeAll);
    const { perSecond, before, after } = placed;
    const cost = await costPerOrder(world, before, after, all.length);
    buyers.close();
    meter.close();
    const lines = all.reduce((sum, sale) => sum + sale.lines.length, 0) / all.length;
    const figures = {
      ...{ ordersPerSecond: perSecond, orders: all.length, lines },
      ...sharesOf(perSecond, yardsticks),
      ...(await latencyOf(world.db, purchases)),
      ...cost,
      ownCpuInJobs: cost.ownCpuMs / yardsticks.emptyJobCpuMs,
    };
    return {
      name: "real-orders",
      title: `The sales of ${path.basename(bench.ordersFile)}, ${clients} clients`,
      rows: [{ label: `${all.length} sales`, figures }],
      bounds:
        lines < linesOfBound
          ? []
          : [
              bound(`orders/s of ${lines.toFixed(0)} lines`, perSecond, {
                atLeast: leastPerSecond,
              }),
            ],
    };
  });
}
