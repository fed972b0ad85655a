import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { beginAnew } from "../../../scripts/world/fresh.ts";
import { inOwnWorld, type OwnWorld } from "../../../scripts/world/own-world.ts";
import { auroraFolder } from "../../../scripts/world/places.ts";
import { isAlive } from "../../../scripts/world/process-mark.ts";
// They bring up servers of their own, where ours have to be found, too.
import "../../support/database.ts";

const home = path.join(auroraFolder, "once");
/** Above what Linux gives. */
const goneBy = 4_194_305;

/** What died is left for people to look into. */
afterAll(async () => {
  for (const nr of [1, 2]) await beginAnew(path.join(home, `${process.pid}-${nr}`));
});

function inTestWorld<T>(signal: AbortSignal, act: (world: OwnWorld) => Promise<T>) {
  const wishes = { purpose: "once", env: { PATH: process.env["PATH"] } } as const;
  const quietly = { processes: ["web"], say: () => undefined, signal };
  return inOwnWorld({ ...wishes, ...quietly }, async (world) => {
    return { isSound: true, result: await act(world) };
  });
}

function leaveBehind(name: string): string {
  const folder = path.join(home, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "left-over"), "");
  return folder;
}

test("a world within another ends with it, and clears what others have left", async () => {
  const dead = [leaveBehind(`${goneBy}`), leaveBehind(`${goneBy}-3`)];
  // Of a process that had the same number as this one.
  const same = path.join(leaveBehind(`${process.pid}-1`), "left-over");
  const calm = new AbortController().signal;
  const inner = Promise.withResolvers<OwnWorld>();
  let isOver = false;
  const acting = inTestWorld(calm, async (outer) => {
    expect([...dead, same].filter(existsSync)).toEqual([]);
    try {
      await inTestWorld(outer.signal, async (world) => {
        inner.resolve(world);
        const { pid } = outer.child("web");
        if (!pid) throw new Error("The outer world has no web process.");
        process.kill(pid, "SIGKILL");
        return await once(world.signal, "abort");
      });
    } finally {
      // Later than the outer world's end, which alone is not enough to go on.
      await outer.stop();
      await nextTurn();
      isOver = true;
    }
  });
  await expect(acting).rejects.toThrow(/The process web ended by itself/);
  const { marks, child } = await inner.promise;
  expect([isOver, child("web").isRunning]).toEqual([true, false]);
  expect(Object.values(marks).filter(isAlive)).toEqual([]);
}, 120_000);
