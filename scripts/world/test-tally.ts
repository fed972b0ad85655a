import { readFileSync, rmSync } from "node:fs";

/** What vitest's json reporter writes, as far as we read it. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/**
 * Counts a finished run. A file that could not even be loaded, a test run that crashed and
 * a failure outside of any test are failures too, though no test has failed in them.
 */
export function takeTally(file: string, exitCode: number): { passed: number; failed: number } {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(file, { force: true });
  }
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  const unexplained = failed === 0 && exitCode !== 0 ? 1 : 0;
  return { passed: report.numPassedTests, failed: failed + unexplained };
}
