import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Db } from "../../src/db/connect.ts";
import { allInvariants } from "../../src/invariants/check-invariants.ts";
import type { Finding } from "../../src/invariants/invariant.ts";
import { makeSmallWorld } from "../invariants/small-world.ts";
import { runCommand } from "../support/command.ts";
import { useDatabase } from "../support/database.ts";
import { quiet, testSettings } from "../support/settings.ts";

const database = useDatabase();
const count = allInvariants({ patienceSeconds: 0 }).length;
const run = (...args: string[]) => runCommand("invariants", args, { DATABASE_URL: database.url });
let db: Db;

beforeAll(async () => {
  const settings = testSettings(database.url, { LEASE_SECONDS: 600 });
  db = connect(settings, quiet);
  await makeSmallWorld(db, settings);
});
afterAll(() => db.destroy());

describe("npm run invariants", () => {
  test("counts what it examined, and ends well when all is right", async () => {
    const { code, stdout } = await run();
    expect(stdout).toMatch(/reserved_equals_live_holds +2 +0\n/);
    expect(stdout).toContain(`All ${count} invariants hold.`);
    expect(code).toBe(0);
  });

  test("names what is broken with its rows, and ends with 1", async () => {
    await sql`UPDATE stock SET on_hand = on_hand + 7 WHERE sku = 'pot'`.execute(db);
    try {
      const { code, stdout } = await run();
      expect(code).toBe(1);
      expect(stdout).toContain(`1 of ${count} invariants are broken`);
      expect(stdout).toMatch(/stock_equals_its_movements: .*\n.*Not so for 1:\n.*"sku":"pot"/);

      const { code: sameCode, stdout: json } = await run("--json");
      expect(sameCode).toBe(1);
      const { violations, invariants } = JSON.parse(json) as {
        violations: number;
        invariants: Finding[];
      };
      expect(violations).toBe(1);
      expect(invariants.filter(({ broken }) => broken > 0)).toMatchObject([
        { name: "stock_equals_its_movements", rows: [{ sku: "pot", on_hand: 12 }] },
      ]);
    } finally {
      await sql`UPDATE stock SET on_hand = on_hand - 7 WHERE sku = 'pot'`.execute(db);
    }
  });

  test("takes an age from which on what waits is overdue", async () => {
    await sql`
      UPDATE payments SET due_at = now() - interval '50 seconds'
      WHERE due_at IS NOT NULL`.execute(db);
    expect((await run("--age", "3600")).code).toBe(0);
    const { code, stdout } = await run("--age", "10");
    expect(code).toBe(1);
    expect(stdout).toContain("nothing_is_overdue: ");
  });

  test.each([[["--age", "soon"]], [["--now"]]])("refuses %j with a sentence", async (args) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain("npm run invariants");
    expect(stderr).not.toContain("    at ");
  });
});
