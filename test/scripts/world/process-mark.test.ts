import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  commandOf,
  isAlive,
  markOf,
  readMark,
  stopProcess,
  writeMark,
} from "../../../scripts/world/process-mark.ts";

const folder = mkdtempSync(path.join(tmpdir(), "aurora-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, "mark.json");

/** Deaf to SIGTERM, as a process that hangs. */
function startDeafProcess() {
  const child = spawn(process.execPath, [
    "-e",
    "process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000);",
  ]);
  return new Promise<number>((resolve) => {
    child.stdout.once("data", () => resolve(child.pid ?? 0));
  });
}

test("a mark names one process, not whoever bears its number later", () => {
  const mark = markOf(process.pid);
  expect(mark && isAlive(mark)).toBe(true);
  expect(isAlive({ pid: process.pid, startedAt: "another time" })).toBe(false);
  expect(commandOf(process.pid)).toContain("node");
});

test("the mark of a dead process is removed when it is read", () => {
  writeMark(file, { pid: process.pid, startedAt: "long ago" });
  expect(readMark(file)).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

test("a process that ignores the first signal gets the next one", async () => {
  const mark = markOf(await startDeafProcess());
  if (!mark) throw new Error("the process is gone");
  await stopProcess(mark, [{ signal: "SIGTERM", waitMs: 100 }]);
  expect(isAlive(mark)).toBe(true);
  await stopProcess(mark, [
    { signal: "SIGTERM", waitMs: 50 },
    { signal: "SIGKILL", waitMs: 2_000 },
  ]);
  expect(isAlive(mark)).toBe(false);
});
