import type { Bench } from "../bench.ts";
import { goodsOf, inBenchWorld, stock } from "../bench-world.ts";
import { now, openBuyers } from "../load/buyer.ts";
import { decisionsOf } from "../measure/decisions.ts";
import { percentilesOf } from "../measure/percentiles.ts";
import { besideYardsticks, sharesOf } from "../measure/yardsticks.ts";
import { bound, type Result } from "../result.ts";

const sku = "bench-flash";
const connections = 1_000;

/** Ten buyers for each unit, all at once: each is paid or rejected, and told so by mail. */
export async function flashSale(bench: Bench): Promise<Result> {
  const buyerCount = bench.sizes.flashBuyers;
  const units = buyerCount / 10;
  return await inBenchWorld(bench, {}, async (world) => {
    await world.control("/stripe/auto_pay", { on: true });
    await stock(world.db, [goodsOf(sku, units)]);
    const buyers = await openBuyers(world, connections);
    const sale = async () => {
      const start = now();
      const buy = async () => await buyers.buy([{ sku, quantity: 1 }], start);
      return { start, purchases: await Promise.all(Array.from({ length: buyerCount }, buy)) };
    };
    const [{ start, purchases }, yardsticks] = await besideYardsticks(
      world,
      bench.pace.yardstickMs,
      sale,
    );
    buyers.close();
    const decisions = await decisionsOf(
      world.db,
      purchases.map(({ orderId }) => orderId),
    );
    const decided = [...decisions.values()];
    const sold = decided.filter(({ event }) => event === "payment_captured").length;
    const decidedAfter = percentilesOf(decided.map(({ at }) => at - start));
    // Its buyer has the POST's answer, and can read what became of the order.
    const answered = purchases.map(({ orderId, answeredAt }) =>
      Math.max(answeredAt, decisions.get(orderId)?.at ?? Number.NaN),
    );
    const secondsToDecide = (Math.max(...answered) - start) / 1_000;
    const decidedPerSecond = decided.length / secondsToDecide;
    return {
      name: "flash-sale",
      title: `Flash sale: ${buyerCount} buyers for ${units} units, at once`,
      rows: [
        {
          label: `${buyerCount} buyers`,
          figures: {
            ...{ sold, rejected: decided.length - sold, secondsToDecide, decidedPerSecond },
            ...sharesOf(decidedPerSecond, yardsticks),
            post: percentilesOf(purchases.map(({ answeredAt }) => answeredAt - start)),
            decided: decidedAfter,
            mailed: percentilesOf(purchases.map(({ mailedAt }) => mailedAt - start)),
          },
        },
      ],
      bounds: [
        bound("units sold", sold, { atLeast: units, atMost: units }),
        bound("buyers answered", decided.length, { atLeast: buyerCount, atMost: buyerCount }),
        bound("until all were answered, s", secondsToDecide, { atMost: 20 }),
      ],
    };
  });
}
