import { expect, test } from "vitest";
import { runCommand } from "../support/command.ts";

test.each([
  ["keys", "npm run keys -- list"],
  ["operators", "npm run operators -- add NAME --role"],
  ["import", "npm run import -- FILE.csv"],
  ["invariants", "npm run invariants"],
  ["replay", "npm run replay -- FILE.csv"],
  ["bench", "npm run bench"],
  ["stripe-replay", "npm run stripe:replay -- --id"],
  ["reconcile", "npm run reconcile --"],
  ["orders", "npm run orders -- COMMAND"],
  ["installation", "npm run installation -- show"],
])("%s --help shows how it goes, without a database, and ends well", async (command, usage) => {
  const nowhere = { DATABASE_URL: "postgres://x@127.0.0.1:1/x" };
  const { code, stdout, stderr } = await runCommand(command, ["--help"], nowhere);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain(usage);
});
