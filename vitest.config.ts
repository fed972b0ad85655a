import { defineConfig } from "vitest/config";
import { sortTestFiles } from "./test/support/sort-tests.ts";

const { unit, services, browser, alone } = sortTestFiles(import.meta.dirname);

/**
 * "unit" runs anywhere, "services" on the servers that scripts/test.ts starts, "browser" on
 * them with a Chromium, and "alone" on them when everything else is done.
 */
export default defineConfig({
  test: {
    // Tests change signals, end processes and fill event loops: each file has its own process.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    projects: [
      { extends: true, test: { name: "unit", include: unit } },
      { extends: true, test: { name: "services", include: services } },
      {
        extends: true,
        test: { name: "browser", include: browser, testTimeout: 90_000, hookTimeout: 90_000 },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
