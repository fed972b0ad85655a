export type Dice = {
  /** What to hand to `dice` to throw the same again. */
  seed: number;
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
};

/** Chance that can be repeated: tests print the seed when they fail. */
export function dice(seed = Math.floor(Math.random() * 2 ** 31)): Dice {
  let state = seed;
  // Mulberry32: a well-known small generator, good enough to shuffle with.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
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
