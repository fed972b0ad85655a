import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

export type TextFile = { path: string; text: string };

/** What a clone doesn't contain: fetched, generated, or of this machine alone. */
const notOurs = new Set(["node_modules", ".git", ".aurora", ".env"]);
// "" is of names such as Procfile and .gitignore.
const textEndings = new Set([
  ...["", ".ts", ".cjs", ".js", ".json", ".sql", ".css", ".html", ".svg"],
  ...[".md", ".csv", ".yml", ".example"],
]);

/** Every text file of the repository, by its path from the root with "/" between folders. */
export const repository: readonly TextFile[] = filesBelow(root).map((path) => ({
  path: relative(root, path).replaceAll("\\", "/"),
  text: readFileSync(path, "utf8"),
}));

/** The files below one folder or of one path, with one of the endings. */
export function filesIn(prefix: string, ...endings: string[]): TextFile[] {
  return repository.filter(
    ({ path }) =>
      path.startsWith(prefix) &&
      (endings.length === 0 || endings.some((end) => path.endsWith(end))),
  );
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Where a position of a text is, as an editor understands it: `src/log.ts:12`. */
export function place({ path, text }: TextFile, index: number): string {
  return `${path}:${text.slice(0, index).split("\n").length}`;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return textEndings.has(extname(entry.name)) ? [path] : [];
  });
}
