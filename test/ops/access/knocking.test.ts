import { describe, expect, test } from "vitest";
import { watchKnocking } from "../../../src/ops/access/knocking.ts";

const stepMs = 20;

/** A clock that the test turns. */
function knocking() {
  const clock = { ms: 0 };
  return { clock, door: watchKnocking(() => clock.ms, stepMs) };
}

describe("knocking at the operators' door", () => {
  test("is free for the first slips, then waits longer each time, up to a minute", () => {
    const { clock, door } = knocking();
    const waits: number[] = [];
    for (let failures = 0; failures < 14; failures++) {
      door.failed("1.2.3.4");
      waits.push(door.waitSeconds("1.2.3.4"));
      clock.ms += waits.at(-1)! * 1_000;
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  test("does not hinder others, and is forgotten after success or a quarter of an hour", () => {
    const { clock, door } = knocking();
    for (let failures = 0; failures < 9; failures++) door.failed("1.2.3.4");
    expect(door.waitSeconds("1.2.3.4")).toBe(16);
    expect(door.waitSeconds("5.6.7.8")).toBe(0);
    door.succeeded("1.2.3.4");
    expect(door.waitSeconds("1.2.3.4")).toBe(0);
    for (let failures = 0; failures < 9; failures++) door.failed("1.2.3.4");
    clock.ms += 15 * 60_000;
    door.failed("1.2.3.4");
    expect(door.waitSeconds("1.2.3.4")).toBe(0);
  });

  test("from many addresses at once lets one in at a time, and locks nobody out", async () => {
    const { clock, door } = knocking();
    expect(await door.standInLine()).toBe(0);
    for (let caller = 0; caller < 60; caller++) door.failed(`10.0.0.${caller}`);
    expect(door.waitSeconds("5.6.7.8")).toBe(0);
    const startedAt = performance.now();
    const line = Array.from({ length: 20 }, () => door.standInLine());
    expect(await door.standInLine()).toBe(1);
    expect(await Promise.all(line)).toEqual(line.map(() => 0));
    // Timers may ring a little early.
    expect(performance.now() - startedAt).toBeGreaterThan(19 * (stepMs - 1));
    clock.ms += 60_001;
    let isIn = false;
    void door.standInLine().then(() => (isIn = true));
    await Promise.resolve();
    expect(isIn).toBe(true);
  });
});
