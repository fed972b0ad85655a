import type { OrderJson } from "../support/storefront.ts";
import type { Track } from "./race-track.ts";

type Races = { sku: string; stock: number; count: number; atOnce: number };

/** Places orders for one piece each and lets something happen to each, a few at a time. */
export async function withOrders<Result>(
  { store }: Pick<Track, "store">,
  { sku, stock, count, atOnce }: Races,
  happen: (order: OrderJson, intentId: string) => Promise<Result>,
): Promise<Result[]> {
  await store.sell(sku, stock);
  const results: Result[] = [];
  for (let begun = 0; begun < count; begun += atOnce) {
    const orders = await Promise.all(
      Array.from({ length: atOnce }, () => store.order([{ sku, quantity: 1 }])),
    );
    const races = orders.map(async (order) => happen(order, await store.untilPayable(order.id)));
    results.push(...(await Promise.all(races)));
  }
  return results;
}
