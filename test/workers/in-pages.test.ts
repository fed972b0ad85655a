import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LogFields } from "../../src/log.ts";
import { inPages, type Page, turnMilliseconds } from "../../src/workers/in-pages.ts";
import { quiet } from "../support/settings.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Pages of a kind until so many are done, of ten rows each, which take so long. */
function pagesOf(kind: string, pages: number, order: string[], milliseconds = 0): Page {
  let done = 0;
  return async () => {
    done++;
    order.push(kind);
    vi.advanceTimersByTime(milliseconds);
    return { count: 10, isMore: done < pages };
  };
}

describe("pages of several kinds", () => {
  test("come in turn, and who has no more is not asked again", async () => {
    const order: string[] = [];
    const kinds = { few: pagesOf("few", 1, order), many: pagesOf("many", 3, order) };
    expect(await inPages({ log: quiet }, kinds)).toEqual({ few: 10, many: 30 });
    expect(order).toEqual(["few", "many", "many", "many"]);
  });

  test("do not stop where one of them fails, which is said", async () => {
    const said: [string, LogFields | undefined][] = [];
    const warn = (event: string, fields?: LogFields) => void said.push([event, fields]);
    const order: string[] = [];
    const broken = async () => {
      order.push("broken");
      throw new Error("No such table.");
    };
    const kinds = { broken, sound: pagesOf("sound", 2, order) };
    const done = await inPages({ log: { ...quiet, warn } }, kinds);
    expect(done).toEqual({ broken: 0, sound: 20 });
    expect(order).toEqual(["broken", "sound", "sound"]);
    expect(said).toEqual([["sweep_failed", { kind: "keep_broken", reason: "No such table." }]]);
  });

  test("are followed each by a rest of three quarters of its time", async () => {
    const pageMs = 40;
    const from = Date.now();
    await inPages({ log: quiet }, { slow: pagesOf("slow", 3, [], pageMs) });
    // Timers may ring a millisecond early.
    expect(Date.now() - from).toBeGreaterThanOrEqual(3 * ((3 / 4) * pageMs - 1));
  });

  test("leave the rest to the next turn after a minute", async () => {
    let pages = 0;
    const endless: Page = async () => {
      if (++pages === 5) vi.advanceTimersByTime(turnMilliseconds + 1);
      return { count: 1, isMore: true };
    };
    expect(await inPages({ log: quiet }, { endless })).toEqual({ endless: 5 });
  });

  test("end at once when they are told to stop, though much rest was earned", async () => {
    const stopping = new AbortController();
    const from = Date.now();
    const slow: Page = async () => {
      vi.advanceTimersByTime(turnMilliseconds / 2);
      setImmediate(() => stopping.abort());
      return { count: 1, isMore: true };
    };
    const means = { log: quiet, stopping: stopping.signal };
    expect(await inPages(means, { slow })).toEqual({ slow: 1 });
    expect(Date.now() - from).toBeLessThan(turnMilliseconds / 4);
  });
});
