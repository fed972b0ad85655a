import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { takeTally } from "../../../scripts/world/test-tally.ts";

const folder = mkdtempSync(path.join(tmpdir(), "aurora-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tally(exitCode: number, files: string[][] | undefined) {
  const file = path.join(folder, "tally.json");
  if (files) {
    const all = files.flat();
    const report = {
      numPassedTests: all.filter((status) => status === "passed").length,
      numFailedTests: all.filter((status) => status === "failed").length,
      testResults: files.map((tests) => ({
        status: tests.length === 0 || tests.includes("failed") ? "failed" : "passed",
        assertionResults: tests.map((status) => ({ status })),
      })),
    };
    writeFileSync(file, JSON.stringify(report));
  }
  return takeTally(file, exitCode);
}

test("counts what passed and what failed", () => {
  expect(tally(0, [["passed", "passed"], ["passed"]])).toEqual({ passed: 3, failed: 0 });
  expect(tally(1, [["passed", "failed"], ["passed"]])).toEqual({ passed: 2, failed: 1 });
});

test("counts a file that could not be loaded as a failure", () => {
  expect(tally(1, [["passed"], []])).toEqual({ passed: 1, failed: 1 });
});

test("counts a failure outside of any test", () => {
  expect(tally(1, [["passed"]])).toEqual({ passed: 1, failed: 1 });
});

test("counts a run that crashed without a report as a failure", () => {
  expect(tally(0, undefined)).toEqual({ passed: 0, failed: 1 });
});
