import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/** Their figures are promised for a machine that does nothing else: test:full keeps to that. */
const measuring = /^test\/faults\/(killed-while-asking|stripe-away|webhooks-away|webhooks-off)\./;

type Sorted = { unit: string[]; services: string[]; browser: string[]; alone: string[] };

/**
 * Sorts the test files into those that need PostgreSQL or Redis and those that do not,
 * by what they import: a test that imports support/database.ts, redis.ts or clone.ts,
 * itself or through other files under test/, needs services. Those in browser/ need a Chromium
 * too. At full counts some want to be alone with them.
 */
export function sortTestFiles(root: string): Sorted {
  const files = globSync("test/**/*.test.ts", { cwd: root }).sort();
  const isFull = process.env["AURORA_TEST_FULL"] === "1";
  const sorted: Sorted = { unit: [], services: [], browser: [], alone: [] };
  for (const file of files) {
    if (file.startsWith("test/browser/")) {
      sorted.browser.push(file);
      continue;
    }
    const group = isFull && measuring.test(file) ? "alone" : "services";
    sorted[needsServices(path.join(root, file), root) ? group : "unit"].push(file);
  }
  return sorted;
}

const relativeImport = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

function needsServices(file: string, root: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const source = readFileSync(file, "utf8");
  for (const [, target = ""] of source.matchAll(relativeImport)) {
    const imported = path.resolve(path.dirname(file), target);
    const place = path.relative(root, imported);
    if (servers.test(place)) return true;
    if (place.startsWith("test") && needsServices(imported, root, seen)) return true;
  }
  return false;
}

const servers = new RegExp(
  [
    String.raw`^test/support/(clone|database|redis)\.ts$`,
    String.raw`^scripts/world/(postgres|redis|world)\.ts$`,
    String.raw`^scripts/bench/bench-world\.ts$`,
  ].join("|"),
);
