import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonClient } from "../../scripts/world/json-client.ts";
import { ensureShop } from "../../scripts/world/local-shop.ts";
import { root } from "../../scripts/world/places.ts";
import { writeShellFile } from "../../scripts/world/shell-file.ts";
import { fillShop } from "../../scripts/world/shop-window.ts";
import type { World } from "../../scripts/world/world.ts";
import { startTestWorld } from "../support/world.ts";

/** The README's examples that need a running world: those whose fence says `sh world`. */
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/^```sh world\n([\s\S]*?)^```/gm)].map(
  ([, code]) => code ?? "",
);

let world: World;
let folder: string;

beforeAll(async () => {
  world = await startTestWorld();
  const keys = await ensureShop(world.databaseUrl, undefined);
  await fillShop(jsonClient(world.apiUrl, keys.secretKey));
  folder = mkdtempSync(path.join(tmpdir(), "aurora-readme-"));
  writeShellFile(path.join(folder, "shell"), world, keys);
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

describe("the README", () => {
  test("has examples for a running world", () => {
    expect(examples.length).toBeGreaterThanOrEqual(4);
  });

  test.each(examples)(
    "shows an example that works: %s",
    (code) => {
      const output = run(code);
      expect(output).not.toBe("");
      expect(output).not.toContain('"type":"/problems/');
    },
    60_000,
  );

  test("fails where an example does not work", () => {
    expect(() => run(". .aurora/shell\ncurl -sf $AURORA_URL/v1/nothing")).toThrow();
  });
});
