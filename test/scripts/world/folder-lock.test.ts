import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { withLock } from "../../../scripts/world/folder-lock.ts";

const folder = mkdtempSync(path.join(tmpdir(), "aurora-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("lets one in at a time", async () => {
  const lock = path.join(folder, "one.lock");
  let inside = 0;
  let most = 0;
  const enter = () =>
    withLock(lock, async () => {
      inside += 1;
      most = Math.max(most, inside);
      await turn();
      inside -= 1;
    });
  await Promise.all([enter(), enter(), enter(), enter()]);
  expect(most).toBe(1);
  expect(existsSync(lock)).toBe(false);
});

test("is taken over from a run that was killed", async () => {
  const lock = path.join(folder, "dead.lock");
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: "long ago" }));
  expect(await withLock(lock, async () => "inside")).toBe("inside");
});

test("is given back when the act fails", async () => {
  const lock = path.join(folder, "failed.lock");
  await expect(withLock(lock, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(existsSync(lock)).toBe(false);
});
