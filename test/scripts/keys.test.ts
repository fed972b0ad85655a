import { describe, expect, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { useDatabase } from "../support/database.ts";

const database = useDatabase();
const keys = (...args: string[]) => runCommand("keys", args, { DATABASE_URL: database.url });
const asJson = async (...args: string[]) => {
  const { code, stdout, stderr } = await keys(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
};

describe("npm run keys", () => {
  test("makes a shop and its keys, shows each key once, and revokes it", async () => {
    const shop = await asJson(
      ...["shop", "--name", "Corner", "--currency", "GBP"],
      ...["--origin", "https://a.example", "--origin", "http://localhost:5173"],
    );
    expect(shop).toMatchObject({
      name: "Corner",
      currency: "gbp",
      origins: ["https://a.example", "http://localhost:5173"],
    });
    const byName = await asJson("add", "--shop", "Corner", "--kind", "secret");
    const byId = await asJson("add", "--shop", shop.id, "--kind", "publishable");
    expect(byName.key).toMatch(/^sk_[\w-]{43}$/);
    expect(byId.key).toMatch(/^pk_[\w-]{43}$/);

    const { stdout } = await keys("list");
    expect(stdout).toContain(`${byName.prefix}...  secret`);
    expect(stdout).not.toContain(byName.key);
    const { code, stdout: said } = await keys("revoke", byName.prefix);
    expect([code, said]).toEqual([0, expect.stringContaining("Revoked")]);
    expect((await keys("revoke", byId.id)).code).toBe(0);
    const listed = await asJson("list");
    expect(listed.keys.map((key: { revokedAt: string | null }) => key.revokedAt)).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
  });

  test.each([
    [["frob"], 'There is no "frob".'],
    [[], "What is to be done?"],
    [["shop", "--name", "X"], "shop needs --name and --currency."],
    [["shop", "--name", "X", "--currency", "zzz"], 'Stripe charges nothing in "zzz".'],
    [["shop", "--name", "X", "--currency", "gbp", "--origin", "a.example/x"], "is no origin"],
    [["add", "--shop", "Nowhere", "--kind", "secret"], 'There is no shop "Nowhere".'],
    [["add", "--shop", "Nowhere"], "add needs --kind"],
    [["revoke", "sk_nobody"], 'There is no key "sk_nobody".'],
    [["list", "--loud"], "--loud"],
  ])("says what is wrong with %j, and ends with 1", async (args, sentence) => {
    const { code, stdout, stderr } = await keys(...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });

  test("says so when the database does not answer or has no tables", async () => {
    const away = await runCommand("keys", ["list"], { DATABASE_URL: "postgres://x@127.0.0.1:1/x" });
    expect([away.code, away.stderr.trim()]).toEqual([
      1,
      "The database does not answer. Check DATABASE_URL and start it.",
    ]);
    const server = new URL(process.env["TEST_DATABASE_URL"] ?? "");
    server.pathname = "/template1";
    const empty = await runCommand("keys", ["list"], { DATABASE_URL: server.href });
    expect(empty.stderr).toContain("Run node src/db/migrate.ts first.");
  });
});
