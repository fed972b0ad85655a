import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../../scripts/world/places.ts";

/** A clone as somebody else has it, but for the packages and Redis: those are this one's. */
export function cloneHere(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "aurora-clone-"));
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const files = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
  for (const file of files.filter((each) => each && existsSync(path.join(root, each)))) {
    cpSync(path.join(root, file), path.join(folder, file));
  }
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  const redis = path.join(root, ".aurora/redis");
  mkdirSync(path.join(folder, ".aurora"));
  if (existsSync(redis)) symlinkSync(redis, path.join(folder, ".aurora/redis"));
  return folder;
}
