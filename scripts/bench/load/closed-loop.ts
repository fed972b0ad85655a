import { setTimeout as delay } from "node:timers/promises";
import type { Meter, Reading } from "../measure/meter.ts";
import { type Buyers, now, type OrderLines, type Purchase } from "./buyer.ts";

export interface ClosedLoop {
  clients: number;
  warmUpMs: number;
  measureMs: number;
  linesOf(nr: number): OrderLines;
}

/** What was measured in a window: the orders whose mail came in it, and what all had used. */
export interface Window {
  purchases: Purchase[];
  perSecond: number;
  before: Reading;
  after: Reading;
}

/**
 * So many clients, each of which buys, waits for the mail, and buys again. Counts what was done
 * between two moments in the middle of it, so that neither start nor end is in the figures, and
 * before the first of them an order has come through.
 */
export async function runClosedLoop(
  buyers: Buyers,
  meter: Meter,
  { clients, warmUpMs, measureMs, linesOf }: ClosedLoop,
): Promise<Window> {
  const purchases: Purchase[] = [];
  let stopped = false;
  let nr = 0;
  const { promise: first, resolve: isThrough } = Promise.withResolvers<void>();
  async function client(): Promise<void> {
    while (!stopped) {
      purchases.push(await buyers.buy(linesOf(nr++)));
      isThrough();
    }
  }
  const all = Promise.all(Array.from({ length: clients }, client));
  try {
    await Promise.race([all, Promise.all([first, delay(warmUpMs)])]);
    const before = await meter.read();
    const from = now();
    await Promise.race([all, delay(measureMs)]);
    const after = await meter.read();
    const until = now();
    stopped = true;
    await all;
    const counted = purchases.filter(({ mailedAt }) => mailedAt >= from && mailedAt < until);
    const perSecond = counted.length / ((until - from) / 1_000);
    return { purchases: counted, perSecond, before, after };
  } finally {
    stopped = true;
  }
}
