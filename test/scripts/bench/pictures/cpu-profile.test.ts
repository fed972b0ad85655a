import { describe, expect, test } from "vitest";
import {
  during,
  readCpuProfile,
  selfTimes,
  spanOf,
} from "../../../../scripts/bench/pictures/cpu-profile.ts";
import { profileOf } from "./profiles.ts";

const stays = [
  { stack: ["place"], ms: 5 },
  { stack: ["place", "insert"], ms: 7 },
  { stack: ["place"], ms: 1 },
];

describe("the time in a call", () => {
  test("lasts from a sample to the next, the last one to the end", () => {
    const times = selfTimes(profileOf(stays, { leadMs: 9 }));
    expect([...times]).toEqual([
      [2, 6],
      [3, 7],
    ]);
  });

  test("is cut at both ends where only a part of the profile is wanted", () => {
    const profile = profileOf(stays, { leadMs: 9 });
    const part = during(profile, profile.startTime + 12_000, profile.startTime + 20_000);
    expect(spanOf(part)).toBe(8);
    expect([...selfTimes(part)]).toEqual([[3, 6]]);
    const none = during(profile, profile.endTime, profile.endTime + 5_000);
    expect([...selfTimes(none)]).toEqual([]);
  });

  test("is not counted twice where a sample comes out of order", () => {
    const timeDeltas = [0, -2_000, 14_000];
    const times = selfTimes({ ...profileOf(stays), timeDeltas });
    expect([...times.values()].reduce((total, ms) => total + ms, 0)).toBe(13);
  });
});

describe("a file", () => {
  test("is read as V8 writes it, with more than is needed", () => {
    const profile = profileOf(stays);
    const [root, ...nodes] = profile.nodes;
    const written = { ...profile, nodes: [{ ...root, hitCount: 0 }, ...nodes] };
    expect(readCpuProfile(JSON.stringify(written))).toEqual(profile);
  });

  test("that was cut short is refused with what to do", () => {
    const text = JSON.stringify(profileOf(stays)).slice(0, -20);
    expect(() => readCpuProfile(text)).toThrow(/only if it ends by itself/);
    expect(() => readCpuProfile("")).toThrow(/only if it ends by itself/);
  });

  test("that is no profile is refused with what it lacks", () => {
    expect(() => readCpuProfile('{"nodes":[]}')).toThrow(/not a CPU profile[\s\S]*samples/);
  });
});
