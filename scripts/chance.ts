/** Numbers from 0 to below 1, the same ones for the same seed. */
export function chance(seed: number): () => number {
  let state = seed;
  // Mulberry32: a well-known small generator, good enough to shuffle with.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
