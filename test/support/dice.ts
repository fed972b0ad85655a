import { chance } from "../../scripts/chance.ts";

export type Dice = {
  /** What to hand to `dice` to throw the same again. */
  seed: number;
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
};

/** Chance that can be repeated: tests print the seed when they fail. */
export function dice(seed = Math.floor(Math.random() * 2 ** 31)): Dice {
  const next = chance(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    seed,
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    shuffled(items) {
      return items
        .map((item) => ({ item, rank: next() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item);
    },
  };
}
