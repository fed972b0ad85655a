import path from "node:path";
import { readRetailFile } from "../../retail-file.ts";
import { localCurrency } from "../../world/local-shop.ts";
import type { Bench } from "../bench.ts";
import { inBenchWorld, plenty, stock } from "../bench-world.ts";
import { madeSales } from "../load/made-sales.ts";
import { measureLoad } from "../load/measure-load.ts";
import { bound, type Result } from "../result.ts";

const clients = 64;
/** Sales of about so many lines are what the bound is about. */
const linesOfBound = 15;
const leastPerSecond = 40;

/** A shop's sales, with all their lines, one after the other and again from the first. */
export async function realOrders(bench: Bench): Promise<Result> {
  const { title, goods, sales } = await salesToPlace(bench.ordersFile);
  const linesOf = (nr: number) => sales[nr % sales.length] ?? [];
  const counts = sales.map((lines) => lines.length);
  const lines = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const isJudged = lines >= linesOfBound;
  if (!isJudged)
    bench.say(`Sales of ${lines.toFixed(1)} lines are not judged: they are too small.`);
  return await inBenchWorld(bench, {}, async (world) => {
    await stock(world.db, goods);
    const load = await measureLoad(world, bench.pace, { clients, linesOf });
    const figures = { lines, mostLines: Math.max(...counts), ...load };
    const perSecond = bound(`orders/s of ${lines.toFixed(0)} lines`, load.ordersPerSecond, {
      atLeast: leastPerSecond,
    });
    return {
      name: "real-orders",
      title: `${title}, ${clients} clients`,
      rows: [{ label: `${clients} clients`, figures }],
      bounds: isJudged ? [perSecond] : [],
    };
  });
}

/** Those of a file, or made ones: a real export is too large, and not ours, to come along. */
export async function salesToPlace(file: string | undefined) {
  if (file === undefined) {
    const made = madeSales();
    return { title: `${made.sales.length} made sales, shaped as Online Retail's`, ...made };
  }
  const { goods, sales } = await readRetailFile(file);
  return {
    title: `The ${sales.length} sales of ${path.basename(file)}`,
    goods: goods.map(({ asked, ...product }) => ({
      ...product,
      ...{ currency: localCurrency, opening: plenty },
    })),
    sales: sales.map(({ lines }) => lines),
  };
}
