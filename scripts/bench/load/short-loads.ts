import type { Bench } from "../bench.ts";
import type { BenchWorld } from "../bench-world.ts";
import { openMeter } from "../measure/meter.ts";
import { type OrderLines, openBuyers } from "./buyer.ts";
import { runClosedLoop, type Window } from "./closed-loop.ts";

/** An empty window would say nothing. */
const leastWindowMs = 1_000;
/** The processes are warm already, PostgreSQL's cache and the queues soon are. */
const warmUpPart = 1 / 5;

/** One load of the crowd, after a short warm-up. */
export type ShortLoad = (linesOf: (nr: number) => OrderLines) => Promise<Window>;

/**
 * Gives `act` loads that are so short that several can be compared with each other: what the
 * machine gives changes by more within a minute than what is looked for. They last a `part` of a
 * full one, by which the caller has warmed the world up.
 */
export async function withShortLoads<T>(
  world: BenchWorld,
  { pace, sizes }: Bench,
  part: number,
  act: (load: ShortLoad) => Promise<T>,
): Promise<T> {
  await world.control("/stripe/auto_pay", { on: true });
  const meter = openMeter(world);
  const buyers = await openBuyers(world, sizes.crowd);
  const times = {
    warmUpMs: pace.warmUpMs * warmUpPart,
    measureMs: Math.max(leastWindowMs, pace.measureMs * part),
  };
  try {
    return await act(async (linesOf) =>
      runClosedLoop(buyers, meter, { clients: sizes.crowd, linesOf, ...times }),
    );
  } finally {
    buyers.close();
    meter.close();
  }
}
