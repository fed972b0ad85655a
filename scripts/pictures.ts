import { spawnSync } from "node:child_process";
import path from "node:path";
import { root } from "./world/places.ts";

/**
 * npm run pictures: the browser tests once more, which put the pages that docs/operations.md shows
 * into docs/pictures as they pass by.
 */
const program = path.join(root, "scripts/test.ts");
const { status } = spawnSync(process.execPath, [program, "test/browser"], {
  cwd: root,
  env: { ...process.env, AURORA_PICTURES: "1" },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
