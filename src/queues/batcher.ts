import { patiently } from "../db/patience.ts";
import { Collision } from "../db/transaction.ts";
import { InvariantBroken, OutcomeUnknown, Refused } from "../errors.ts";

/** A batch is bounded by its items and by what they weigh, for example order lines. */
const maxItems = 100;
const maxWeight = 2_000;
/**
 * Before a batch leaves, the event loop turns so many times. An idle process does that in a tenth
 * of a millisecond; in a busy one each turn brings more calls. Measured at 256 clients, three turns
 * in place of one spare an order a tenth of its statements and a sixth of its transactions.
 */
const gatheringTurns = 3;

type Waiting<Item, Result> = {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

/**
 * Groups calls into batches: how handlers meet the database.
 *
 * `run` gets the items of a batch and does one transaction and nothing else; its results stand
 * in the items' order. A batch leaves after a few turns of the event loop when none is in flight;
 * while one is, the next gathers. There is no timer, so a lone call waits for nothing in an idle
 * process, and one batch is in flight at a time, so a hot row is locked by one transaction instead
 * of being fought over.
 *
 * When a batch fails, what to do follows from the error's class: a collision repeats it, a
 * bad item is found by halving, so that it fails alone; anything else, such as a database that
 * can't be reached, fails all its items.
 */
export function batcher<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  weigh: (item: Item) => number = () => 1,
): (item: Item) => Promise<Result> {
  const queue: Waiting<Item, Result>[] = [];
  let inFlight = false;

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (!inFlight) void drain();
    });

  async function drain(): Promise<void> {
    inFlight = true;
    while (queue.length > 0) {
      await gather();
      await settle(takeBatch());
    }
    inFlight = false;
  }

  function takeBatch(): Waiting<Item, Result>[] {
    let weight = 0;
    let count = 0;
    for (const { item } of queue) {
      weight += weigh(item);
      if (count > 0 && (count >= maxItems || weight > maxWeight)) break;
      count++;
    }
    return queue.splice(0, count);
  }

  async function settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await runPatiently(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length === 1 || !isAnItems(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await settle(batch.slice(0, middle));
      await settle(batch.slice(middle));
    }
  }

  function runPatiently(items: Item[]): Promise<Result[]> {
    return patiently(async () => {
      const results = await run(items);
      if (results.length !== items.length) {
        throw new RangeError(`A batch of ${items.length} gave ${results.length} results.`);
      }
      return results;
    }, isWorthAnother);
  }
}

/** Lets the event loop turn a few times: what its sockets brought meanwhile is heard then. */
async function gather(): Promise<void> {
  for (let turn = 0; turn < gatheringTurns; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** After a lost COMMIT the same batch again reads by key what became of it. */
function isWorthAnother(error: unknown): boolean {
  return error instanceof Collision || error instanceof OutcomeUnknown;
}

/**
 * An item's own fault is a refusal of ours or of PostgreSQL (SQLSTATE 22: bad data, 23: a broken
 * constraint), or a record of its own that is not as it must be. Whatever else fails, fails for
 * all: halving would only multiply the failures.
 */
function isAnItems(error: unknown): boolean {
  if (error instanceof Refused || error instanceof InvariantBroken) return true;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^2[23][0-9A-Z]{3}$/.test(code);
}
