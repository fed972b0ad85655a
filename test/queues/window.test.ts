import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { openWindow } from "../../src/queues/window.ts";

const soonSeconds = 0.5;

/** Twelve calls, each of which goes on until it is let go. */
async function askTwelve() {
  let milliseconds = 0;
  const inTurn = openWindow({ least: 2, most: 4, soonSeconds }, () => milliseconds);
  const gates: PromiseWithResolvers<boolean>[] = [];
  const call = () => {
    const gate = Promise.withResolvers<boolean>();
    gates.push(gate);
    return gate.promise;
  };
  const asked = Array.from({ length: 12 }, () => inTurn(call));
  let ended = 0;
  /** Lets the one go that has run longest, and tells how many run then. */
  async function endNext(answer: Error | boolean = true): Promise<number> {
    const nr = ended++;
    if (answer instanceof Error) gates[nr]?.reject(answer);
    else gates[nr]?.resolve(answer);
    await asked[nr]?.catch(() => undefined);
    await turn();
    return gates.length - ended;
  }
  const pass = (seconds: number) => {
    milliseconds += seconds * 1_000;
  };
  await turn();
  return { begun: gates.length, endNext, pass };
}

const failures = [
  ["throws", new Error("out of order")],
  ["answers false", false],
] as const;

test("each call that ends soon lets one more run beside the others, up to a bound", async () => {
  const { begun, endNext, pass } = await askTwelve();
  expect(begun).toBe(2);
  pass(soonSeconds);
  const running: number[] = [];
  for (let nr = 0; nr < 5; nr++) running.push(await endNext());
  expect(running).toEqual([3, 4, 4, 4, 4]);
});

test.each(failures)("one that %s soon lets as many run as before", async (_, failure) => {
  const { endNext } = await askTwelve();
  expect([await endNext(failure), await endNext(failure)]).toEqual([2, 2]);
  expect([await endNext(true), await endNext(failure), await endNext(true)]).toEqual([3, 3, 4]);
});

test.each([["ends", true], ...failures] as const)(
  "one that %s after long lets only as many run as at first",
  async (_, answer) => {
    const { endNext, pass } = await askTwelve();
    expect([await endNext(), await endNext()]).toEqual([3, 4]);
    pass(soonSeconds + 0.001);
    expect(await endNext(answer)).toBe(3);
    expect(await endNext()).toBe(2);
    // Both are late, too; whoever comes in their place is soon.
    expect([await endNext(), await endNext()]).toEqual([2, 2]);
    expect(await endNext()).toBe(3);
  },
);
