import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * Sorts the test files into those that need PostgreSQL or Redis and those that do not,
 * by what they import: a test that imports support/database.ts, redis.ts or clone.ts,
 * itself or through other files under test/, needs services.
 */
export function sortTestFiles(root: string): { unit: string[]; services: string[] } {
  const files = globSync("test/**/*.test.ts", { cwd: root }).sort();
  const unit: string[] = [];
  const services: string[] = [];
  for (const file of files) {
    (needsServices(path.join(root, file), root) ? services : unit).push(file);
  }
  return { unit, services };
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

const servers =
  /^test\/support\/(clone|database|redis)\.ts$|^scripts\/world\/(postgres|redis|world)\.ts$/;
