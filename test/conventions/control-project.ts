import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./repository.ts";

/** One complaint of a checker: the file it is about, and the rule that was broken. */
export type Complaint = { path: string; rule: string };

/** A project of its own under our settings, made to be wrong: what a checker must notice. */
export type ControlProject = { folder: string; [Symbol.dispose](): void };

/** How long a checker may take over a handful of files on a busy machine. */
const checkerTimeoutMilliseconds = 30_000;
const settings = ["biome.json", "knip.json", "tsconfig.json", "package.json", ".gitignore"];

export function controlProject(files: Record<string, string>): ControlProject {
  const folder = mkdtempSync(join(tmpdir(), "aurora-control-"));
  for (const name of settings) cpSync(join(root, name), join(folder, name));
  // Types of the real packages: a rule about promises is worth nothing if it knows only our own.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What Biome's linter says about a project of these files under our own biome.json. */
export function lint(files: Record<string, string>): Complaint[] {
  using project = controlProject(files);
  const { stdout, stderr } = run("@biomejs/biome/bin/biome", project.folder, [
    "lint",
    "--reporter=json",
    "--max-diagnostics=none",
  ]);
  const report: { diagnostics: { category: string; location: { path: string } }[] } =
    JSON.parse(stdout);
  const refused = report.diagnostics.find(({ category }) => !category.startsWith("lint/"));
  if (refused) throw new Error(`Biome did not come to linting (${refused.category}): ${stderr}`);
  return report.diagnostics.map(({ category, location }) => ({
    path: location.path,
    rule: category.slice(category.lastIndexOf("/") + 1),
  }));
}

/** Runs a checker of node_modules in a folder, under the same Node as the tests. */
export function run(program: string, folder: string, options: string[]) {
  return spawnSync(process.execPath, [join(root, "node_modules", program), ...options], {
    cwd: folder,
    encoding: "utf8",
    timeout: checkerTimeoutMilliseconds,
    maxBuffer: 64 * 1024 * 1024,
  });
}
