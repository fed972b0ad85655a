import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { openWindow } from "../../src/queues/window.ts";
import { waitFor } from "../support/wait-for.ts";

/** Twelve calls, each of which goes on until it is let go. */
async function askTwelve(soonSeconds: number) {
  const inTurn = openWindow({ least: 2, most: 4, soonSeconds });
  const gates: PromiseWithResolvers<void>[] = [];
  const call = () => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  };
  const asked = Array.from({ length: 12 }, () => inTurn(call));
  let ended = 0;
  /** Lets the one go that has run longest, and tells how many run then. */
  async function endNext(error?: Error): Promise<number> {
    const nr = ended++;
    if (error) gates[nr]?.reject(error);
    else gates[nr]?.resolve();
    await asked[nr]?.catch(() => undefined);
    await turn();
    return gates.length - ended;
  }
  await turn();
  return { begun: gates.length, endNext };
}

test("each call that ends soon lets one more run beside the others, up to a bound", async () => {
  const { begun, endNext } = await askTwelve(60);
  expect(begun).toBe(2);
  const running: number[] = [];
  for (let nr = 0; nr < 5; nr++) running.push(await endNext());
  expect(running).toEqual([3, 4, 4, 4, 4]);
});

test("one that takes long, or fails after long, lets only as many run as at first", async () => {
  const { endNext } = await askTwelve(0.05);
  expect([await endNext(), await endNext()]).toEqual([3, 4]);
  const since = performance.now();
  await waitFor("all that run to be late", () => performance.now() > since + 60 || undefined);
  expect(await endNext(new Error("out of order"))).toBe(3);
  expect(await endNext()).toBe(2);
  // Both are late, too; whoever comes in their place is soon.
  expect([await endNext(), await endNext()]).toEqual([2, 2]);
  expect(await endNext()).toBe(3);
});
