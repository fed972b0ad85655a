import { defineConfig } from "vitest/config";
import { sortTestFiles } from "./test/support/needs-services.ts";

const { unit, services } = sortTestFiles(import.meta.dirname);

/** Two projects: "unit" runs anywhere, "services" on the servers that scripts/test.ts starts. */
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
    ],
  },
});
