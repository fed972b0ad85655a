import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { signIn } from "../../src/ops/access/sign-in.ts";
import { runCommand } from "../support/command.ts";
import { useDatabase } from "../support/database.ts";
import { quiet } from "../support/settings.ts";

const database = useDatabase();
let db: Db;
beforeAll(() => {
  db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 2 }, quiet);
});
afterAll(() => db.destroy());

const operators = (args: string[], input?: string) =>
  runCommand("operators", args, { DATABASE_URL: database.url }, input);
const asJson = async (args: string[], input?: string) => {
  const { code, stdout, stderr } = await operators([...args, "--json"], input);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
};
const isIn = async (name: string, password: string) =>
  (await signIn(db, { name, password, caller: "here" })).outcome === "in";

describe("npm run operators", () => {
  test("makes the first admin, and shows the password once", async () => {
    expect((await operators(["list"])).stdout).toContain("There is no operator yet.");
    const { code, stdout } = await operators(["add", "ann", "--role", "admin"]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("ann may sign in at /ops as admin"),
    ]);
    const [, password = ""] = stdout.split("\n");
    expect(password).toMatch(/^[\w-]{20}$/);
    expect(await isIn("ann", password)).toBe(true);
    const list = await operators(["list"]);
    expect(list.stdout).toMatch(/^ann +admin +since \d{4}-\d\d-\d\d {2}signed in, last seen/);
    expect(list.stdout).not.toContain(password);
  });

  test("takes a password from its input, changes roles, locks out and lets in again", async () => {
    const added = ["add", "bob", "--role", "viewer", "--password-stdin"];
    expect(await asJson(added, "a password of mine\n")).toEqual({ name: "bob", role: "viewer" });
    expect(await isIn("bob", "a password of mine")).toBe(true);
    expect(await asJson(["role", "bob", "operator"])).toEqual({ name: "bob", role: "operator" });
    const { password } = await asJson(["password", "bob"]);
    expect([await isIn("bob", "a password of mine"), await isIn("bob", password)]).toEqual([
      false,
      true,
    ]);
    await asJson(["disable", "bob", "--reason", "has left"]);
    expect(await isIn("bob", password)).toBe(false);
    expect((await operators(["list"])).stdout).toMatch(/bob +operator +disabled /);
    await asJson(["enable", "bob"]);
    expect(await isIn("bob", password)).toBe(true);
  });

  test("puts each change on record, without passwords", async () => {
    const rows = await db
      .selectFrom("operator_acts")
      .select(["actor", "act", "subject", "reason", "input"])
      .orderBy("id")
      .execute();
    const actor = `cli:${userInfo().username}`;
    const said = (verb: string) => `npm run operators -- ${verb}`;
    const reasons = { reason: said("role"), input: { role: "operator" } };
    expect(rows).toEqual([
      {
        actor,
        act: "operator_added",
        subject: "ann",
        reason: said("add"),
        input: { role: "admin" },
      },
      {
        actor,
        act: "operator_added",
        subject: "bob",
        reason: said("add"),
        input: { role: "viewer" },
      },
      { actor, act: "operator_role_set", subject: "bob", ...reasons },
      { actor, act: "operator_password_set", subject: "bob", reason: said("password"), input: {} },
      { actor, act: "operator_disabled", subject: "bob", reason: "has left", input: {} },
      { actor, act: "operator_enabled", subject: "bob", reason: said("enable"), input: {} },
    ]);
  });

  test.each([
    [[], "What is to be done?"],
    [["frob"], 'There is no "frob".'],
    [["add"], "add needs an operator's name."],
    [["add", "eve"], "add needs --role"],
    [["add", "eve", "--role", "boss"], '"boss" is no role. There are viewer, operator, admin.'],
    [["add", "Eve!", "--role", "admin"], '"Eve!" is no name for a login'],
    [["add", "ann", "--role", "admin"], "There is an operator ann already."],
    [["add", "eve", "--role", "admin", "--password-stdin"], "A password has 12 to 200 characters"],
    [["role", "ann"], "role needs a role"],
    [["role", "nobody", "admin"], 'There is no operator "nobody".'],
    [["disable", "nobody"], 'There is no operator "nobody".'],
    [["list", "--loud"], "--loud"],
    [["disable", "ann", "and", "bob"], 'What is "bob"?'],
  ])("says what is wrong with %j, and ends with 1", async (args, sentence) => {
    const { code, stdout, stderr } = await operators(args, "short\n");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });
});
