import { describe, expect, test } from "vitest";
import { Collision } from "../../src/db/transaction.ts";
import { InvariantBroken, OutcomeUnknown, Refused, Unavailable } from "../../src/errors.ts";
import { batcher } from "../../src/queues/batcher.ts";

/** A run that can be held back, and that tells which batches it was given. */
function recorded(react: (items: number[], nth: number) => void = () => undefined) {
  const batches: number[][] = [];
  let inFlight = 0;
  let most = 0;
  const run = async (items: number[]) => {
    batches.push(items);
    inFlight++;
    most = Math.max(most, inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
    react(items, batches.length);
    return items.map((item) => item * 10);
  };
  return { batches, run, most: () => most };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("batcher", () => {
  test("answers each call with its own result, in whatever batch it was", async () => {
    const { run } = recorded();
    const call = batcher(run);
    expect(await Promise.all(range(250).map(call))).toEqual(range(250).map((item) => item * 10));
  });

  test("lets a lone call leave at once, and gathers while a batch is in flight", async () => {
    const gate = Promise.withResolvers<undefined>();
    const { run, batches, most } = recorded();
    const call = batcher(async (items: number[]) => {
      const results = await run(items);
      await gate.promise;
      return results;
    });
    const first = call(1);
    await turns(4);
    expect(batches).toEqual([[1]]);
    const rest = [2, 3, 4].map(call);
    gate.resolve(undefined);
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    expect(most()).toBe(1);
  });

  test("takes along who comes within a few turns of the event loop", async () => {
    const { run, batches } = recorded();
    const call = batcher(run);
    const first = call(1);
    await turns(2);
    await Promise.all([first, call(2)]);
    expect(batches).toEqual([[1, 2]]);
  });

  test("bounds a batch by 100 items and by 2,000 of weight", async () => {
    const many = recorded();
    await Promise.all(range(250).map(batcher(many.run)));
    expect(many.batches.map((batch) => batch.length)).toEqual([100, 100, 50]);

    const heavy = recorded();
    await Promise.all(range(9).map(batcher(heavy.run, () => 900)));
    expect(heavy.batches.map((batch) => batch.length)).toEqual([2, 2, 2, 2, 1]);
  });

  test("lets an item heavier than the bound travel alone", async () => {
    const { run, batches } = recorded();
    await Promise.all([1, 2, 3].map(batcher(run, (item) => (item === 2 ? 5_000 : 1))));
    expect(batches).toEqual([[1], [2], [3]]);
  });

  test("finds the one bad item by halving, so that it fails alone", async () => {
    const { run, batches } = recorded((items) => {
      if (items.includes(37)) throw new Refused("bad_item", "37 is impossible");
    });
    const call = batcher(run);
    const settled = await Promise.allSettled(range(100).map(call));
    const failed = settled.flatMap(({ status }, index) => (status === "rejected" ? [index] : []));
    expect(failed).toEqual([37]);
    expect(batches.length).toBeLessThan(20);
  });

  test("lets a record that is not as it must be fail its own item alone", async () => {
    const { run } = recorded((items) => {
      if (items.includes(3)) throw new InvariantBroken("odd_record", "3 is odd");
    });
    const settled = await Promise.allSettled(range(8).map(batcher(run)));
    const failed = settled.flatMap(({ status }, index) => (status === "rejected" ? [index] : []));
    expect(failed).toEqual([3]);
  });

  test("fails all and halves nothing when the database is away", async () => {
    const { run, batches } = recorded(() => {
      throw new Unavailable("database_unavailable", "away");
    });
    const settled = await Promise.allSettled(range(50).map(batcher(run)));
    expect(settled.every(({ status }) => status === "rejected")).toBe(true);
    expect(batches).toHaveLength(1);
  });

  test.each([
    ["a collision", new Collision("database_collision", "40P01")],
    ["a COMMIT whose outcome is unknown", new OutcomeUnknown("commit_unknown", "cut")],
  ])("repeats the same batch after %s", async (_what, error) => {
    const { run, batches } = recorded((_items, nth) => {
      if (nth <= 2) throw error;
    });
    await expect(Promise.all(range(3).map(batcher(run)))).resolves.toEqual([0, 10, 20]);
    expect(batches).toEqual([range(3), range(3), range(3)]);
  });

  test("gives up a batch that collides for ever", async () => {
    const { run, batches } = recorded(() => {
      throw new Collision("database_collision", "40P01");
    });
    await expect(batcher(run)(1)).rejects.toThrow(Collision);
    expect(batches).toHaveLength(6);
  });
});
