import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonClient } from "../../scripts/world/json-client.ts";
import { ensureShop } from "../../scripts/world/local-shop.ts";
import { root } from "../../scripts/world/places.ts";
import { writeShellFile } from "../../scripts/world/shell-file.ts";
import { fillShop } from "../../scripts/world/shop-window.ts";
import type { World } from "../../scripts/world/world.ts";
import { filesIn } from "../conventions/repository.ts";
import { startTestWorld } from "../support/world.ts";

type Example = { page: string; code: string; shown: string[] };

/** Examples that need a running world, each once: those whose fence says `sh world`. */
const examples = new Map(
  filesIn("", ".md")
    .flatMap(({ path: page, text }) => examplesOf(page, text))
    .map((example) => [example.code + example.shown, example]),
);

let world: World;
let folder: string;

beforeAll(async () => {
  world = await startTestWorld();
  const keys = await ensureShop(world.databaseUrl, undefined);
  await fillShop(jsonClient(world.apiUrl, keys.secretKey));
  folder = mkdtempSync(path.join(tmpdir(), "aurora-readme-"));
  writeShellFile(path.join(folder, "shell"), world, { keys, logins: [] });
}, 60_000);
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs an example as a reader would paste it, in this test's world instead of the reader's. */
function run(code: string): string {
  const here = code.replaceAll(".aurora/shell", path.join(folder, "shell"));
  return execFileSync("bash", ["-euo", "pipefail", "-c", here], {
    cwd: root,
    encoding: "utf8",
    // A replay brings a world of its own.
    env: code.includes("replay") ? process.env : { ...process.env, ...world.settings },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
}

describe("the documents", () => {
  test("have examples for a running world", () => {
    const pages = new Set([...examples.values()].map(({ page }) => page));
    expect([...pages].sort()).toEqual(["README.md", "docs/integrating.md", "docs/payments.md"]);
    expect(examples.size).toBeGreaterThanOrEqual(6);
    expect([...examples.values()].some(({ shown }) => shown.length > 0)).toBe(true);
  });

  test.each([...examples.values()])(
    "show an example that works, in $page: $code",
    ({ code, shown }) => {
      const output = run(code);
      expect(output).not.toBe("");
      expect(output).not.toContain('"type":"/problems/');
      expect(output.split("\n")).toEqual(expect.arrayContaining(shown));
    },
    60_000,
  );

  test("fail where an example does not work", () => {
    expect(() => run(". .aurora/shell\ncurl -sf $AURORA_URL/v1/nothing")).toThrow();
  });

  test("say what an example prints in a text block right behind it", () => {
    const page = "```sh world\nls\n```\n\n```text\n  a\nb\n```\n\n```text\nc\n```\n";
    expect(examplesOf("README.md", page)).toEqual([
      { page: "README.md", code: "ls\n", shown: ["  a", "b"] },
    ]);
  });
});

function examplesOf(page: string, text: string): Example[] {
  const fences = /^```sh world\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;
  return [...text.matchAll(fences)].map(([, code = "", shown = ""]) => ({
    ...{ page, code },
    shown: shown.split("\n").filter((line) => line !== ""),
  }));
}
